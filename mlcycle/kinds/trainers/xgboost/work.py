"""Gradient boosted trees: a native Booster, stopped early on the validation rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import xgboost as xgb

from mlcycle.kinds.trainers.contract import Fitted, Job, Rows
from mlcycle.kinds.trainers.xgboost.graph import convert
from mlcycle.task import WorkError

_OBJECTIVES = {
    "binary_classification": ("binary:logistic", "logloss"),
    "multiclass_classification": ("multi:softprob", "mlogloss"),
    "regression": ("reg:squarederror", "rmse"),
}


def fit(job: Job, config: Mapping[str, Any]) -> Fitted:
    """Train on `job`; the same rows, order, seed and parameters give the same bytes with any `threads`.

    The booster is cut after its best round, so that every format holds the same trees.
    config: `seed`, `rounds`, `threads`, optional `early_stopping_rounds` and `params` (XGBoost's own names).
    """
    patience = config.get("early_stopping_rounds")
    if patience and job.validation is None:
        raise WorkError(
            "MLC856",
            "`early_stopping_rounds` needs validation rows and the split has none",
            step="trainer",
            help="give the split a `validation` share, or leave `early_stopping_rounds` out",
        )
    params = _params(job, config)
    _refuse_unconvertible(params)
    booster, history = _boost(job, params, config["rounds"], patience)
    best = int(booster.best_iteration) if patience else booster.num_boosted_rounds() - 1
    booster = booster[: best + 1]
    return Fitted(
        graph=convert(booster, task=job.task, columns=len(job.names), categorical=job.categorical),
        ubj=bytes(booster.save_raw("ubj")),
        params={key: value for key, value in params.items() if key != "nthread"},
        best_round=best + 1,
        history=history,
        importance=_importance(booster, job.names),
        libraries=("xgboost", "onnxmltools"),
    )


def _params(job: Job, config: Mapping[str, Any]) -> dict[str, Any]:
    """The author's parameters over ours; nothing re-weights classes, which would spoil the probabilities."""
    objective, metric = _OBJECTIVES[job.task]
    params = {"objective": objective, "eval_metric": metric, "tree_method": "hist", "verbosity": 0}
    if job.task == "multiclass_classification":
        params |= {"num_class": job.classes}
    return (
        params
        | dict(config.get("params", {}))
        | {"seed": config["seed"], "nthread": config.get("threads", 1)}
    )


def _refuse_unconvertible(params: Mapping[str, Any]) -> None:
    booster = params.get("booster", "gbtree")
    if booster != "gbtree":
        raise WorkError(
            "MLC863",
            f"a `{booster}` booster has no ONNX form, so no service could run it",
            step="trainer",
            help="leave `booster` out: trees (`gbtree`) are the default",
        )


def _boost(
    job: Job, params: Mapping[str, Any], rounds: int, patience: int | None
) -> tuple[xgb.Booster, dict[str, list[float]]]:
    train = _matrix(job, job.train, params)
    watched = [(train, "train")]
    if job.validation is not None:
        watched.append((_matrix(job, job.validation, params, like=train), "validation"))
    found: dict[str, dict[str, list[float]]] = {}
    try:
        booster = xgb.train(
            dict(params),
            train,
            num_boost_round=rounds,
            evals=watched,
            early_stopping_rounds=patience,
            evals_result=found,
            verbose_eval=False,
            callbacks=[_Report(job.progress, rounds)],
        )
    except xgb.core.XGBoostError as error:
        reason = str(error).splitlines()[0].split("] ")[-1]
        raise WorkError("MLC857", f"XGBoost refuses to train: {reason}", step="trainer") from error
    history = {f"{side}.{metric}": values for side, by in found.items() for metric, values in by.items()}
    return booster, history


def _matrix(job: Job, rows: Rows, params: Mapping[str, Any], like: xgb.DMatrix | None = None) -> xgb.DMatrix:
    """Rows as XGBoost takes them; for `hist` they are binned at once, which saves memory."""
    given = {"label": rows.y, "weight": rows.weights, "nthread": params["nthread"]}
    if job.categorical:
        types = ["c" if index in job.categorical else "q" for index in range(len(job.names))]
        given |= {"feature_types": types, "enable_categorical": True}
    if params["tree_method"] != "hist":
        return xgb.DMatrix(rows.x, **given)
    return xgb.QuantileDMatrix(rows.x, ref=like, max_bin=params.get("max_bin"), **given)


class _Report(xgb.callback.TrainingCallback):  # type: ignore[misc]
    """Tells the progress of every tenth round."""

    def __init__(self, progress: Callable[[str, float | None], None], rounds: int) -> None:
        super().__init__()
        self._progress = progress
        self._rounds = rounds

    def after_iteration(self, model: Any, epoch: int, evals_log: Mapping[str, Any]) -> bool:
        if (epoch + 1) % 10 == 0:
            side, figures = list(evals_log.items())[-1]
            metric, values = next(iter(figures.items()))
            self._progress(f"round {epoch + 1}, {side} {metric} {values[-1]:.4f}", (epoch + 1) / self._rounds)
        return False


def _importance(booster: xgb.Booster, names: tuple[str, ...]) -> dict[str, float]:
    """Share of the total gain of each column that a tree splits on, largest first."""
    gains = booster.get_score(importance_type="total_gain")
    total = float(np.sum(list(gains.values()))) or 1.0
    shares = {names[int(key[1:])]: float(gain) / total for key, gain in gains.items()}
    return dict(sorted(shares.items(), key=lambda item: (-item[1], item[0])))
