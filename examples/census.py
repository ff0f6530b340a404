"""Prepare the example data: people of Massachusetts in four American Community Surveys, 2015 to 2018.

    python examples/census.py data

writes `people.parquet`. The rows are the US Census Bureau's (public domain), as the package `nannyml` brings
them; its own predictions are left out. Codes are those of the survey's dictionary (PUMS), but for sex, race
and marital status, which are spelt out. A survey is dated the last day of its year.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

import polars as pl

_NAMES = {
    "AGEP": "age",
    "SCHL": "education",
    "MAR": "marital_status",
    "RELP": "relationship",
    "DIS": "disability",
    "ESP": "employment_of_parents",
    "CIT": "citizenship",
    "MIG": "mobility",
    "MIL": "military_service",
    "ANC": "ancestry",
    "NATIVITY": "nativity",
    "DEAR": "hearing_difficulty",
    "DEYE": "vision_difficulty",
    "DREM": "cognitive_difficulty",
    "SEX": "sex",
    "RAC1P": "race",
}
_SPELT = {
    "sex": {"1": "male", "2": "female"},
    "marital_status": {
        "1": "married",
        "2": "widowed",
        "3": "divorced",
        "4": "separated",
        "5": "never_married",
    },
    "race": {
        "1": "white",
        "2": "black",
        "3": "american_indian",
        "4": "alaska_native",
        "5": "native_american",
        "6": "asian",
        "7": "pacific_islander",
        "8": "other",
        "9": "two_or_more",
    },
}


def package_data() -> Path:
    """The folder of the installed package that holds its tables."""
    found = importlib.util.find_spec("nannyml")
    if found is None or found.origin is None:
        raise SystemExit("the example data comes from the package nannyml: pip install nannyml")
    return Path(found.origin).parent / "datasets" / "data"


def people(folder: Path) -> pl.DataFrame:
    """One row a person asked, in the order of the surveys; `employed` is what they said of themselves."""
    first = pl.read_parquet(folder / "employment_MA_reference.pq")
    later = pl.read_parquet(folder / "employment_MA_analysis.pq").join(
        pl.read_parquet(folder / "employment_MA_analysis_target.pq"), on="id", validate="1:1"
    )
    table = pl.concat([part.select("id", "year", *_NAMES, "employed") for part in (first, later)])
    return (
        table.rename({**_NAMES, "id": "person_id"})
        .with_columns(pl.col(name).cast(pl.String) for name in _NAMES.values() if name != "age")
        .with_columns(pl.col(name).replace_strict(texts) for name, texts in _SPELT.items())
        .select(
            "person_id",
            pl.datetime("year", 12, 31, time_unit="us", time_zone="UTC").alias("surveyed_at"),
            pl.exclude("person_id", "year", "employed"),
            pl.col("employed").cast(pl.Boolean),
        )
        .sort("surveyed_at", "person_id")
    )


def prepare(target: Path) -> None:
    """Write the table; one that is there already is left as it is."""
    target.mkdir(parents=True, exist_ok=True)
    path = target / "people.parquet"
    if path.exists():
        return
    draft = path.with_suffix(f".{os.getpid()}.part")
    table = people(package_data())
    table.write_parquet(draft, row_group_size=50_000)
    draft.replace(path)
    print(f"{path}: {table.height:,} rows")


if __name__ == "__main__":
    prepare(Path(sys.argv[1] if len(sys.argv) > 1 else "data"))
