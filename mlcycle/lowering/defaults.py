"""What a model is made of where its author left it out: enough for a first spec of thirty lines."""

from __future__ import annotations

from typing import Any, cast

from mlcycle.kinds.interface import GateKind, PreprocessKind, SignalKind, SplitKind, TrainerKind
from mlcycle.kinds.signals.catalog import USUAL
from mlcycle.language.kinds import Kinds
from mlcycle.language.life import Monitor
from mlcycle.language.project import Model
from mlcycle.language.slots import PackageSpec
from mlcycle.lowering.resolved import Parts

#: Task -> (baseline against, its metric, the champion's metric, the most it may drop).
_JUDGED_BY = {
    "binary_classification": ("majority", "log_loss", "roc_auc", 0.005),
    "multiclass_classification": ("majority", "log_loss", "balanced_accuracy", 0.01),
    "regression": ("mean", "root_mean_squared_error", "r2", 0.01),
}


def parts(spec: Model, kinds: Kinds, *, has_timestamp: bool) -> Parts:
    """The kinds of a model: as written, else 70/10/20 by time (at random without a timestamp), xgboost with
    early stopping, a baseline gate and a champion gate, the packages that the trainer can give.

    That it is better than the baseline must be sure: chance is no gain. Encodings by dtype depend on the
    features: lowering adds them.
    """
    split = spec.split or kinds.make("splits", {"kind": "time" if has_timestamp else "random"})
    trainer = cast(
        TrainerKind, spec.trainer or kinds.make("trainers", {"kind": "xgboost", "early_stopping_rounds": 20})
    )
    gates = (
        spec.gates if spec.gates is not None else [kinds.make("gates", gate) for gate in _gates(spec.task)]
    )
    packages = spec.packages or [kinds.make("packages", {"kind": name}) for name in trainer.default_packages]
    return Parts(
        split=cast(SplitKind, split),
        preprocess=cast(tuple[PreprocessKind, ...], spec.preprocess or ()),
        trainer=trainer,
        gates=cast(tuple[GateKind, ...], tuple(gates)),
        packages=cast(tuple[PackageSpec, ...], tuple(packages)),
    )


def _gates(task: str) -> tuple[dict[str, Any], ...]:
    against, loss, score, drop = _JUDGED_BY[task]
    return (
        {"kind": "baseline", "against": against, "metric": loss, "min_gain": 0.0, "confidence": 0.95},
        {"kind": "champion", "metric": score, "max_drop": drop},
    )


def signals(spec: Monitor, task: str, kinds: Kinds) -> tuple[SignalKind, ...]:
    """What a monitor measures: as written, else drift of data and of predictions, and the usual metric of the
    task, estimated and realized; all with limits from the reference."""
    if spec.signals is not None:
        return cast(tuple[SignalKind, ...], spec.signals)
    usual: tuple[dict[str, Any], ...] = (
        {"kind": "data_drift"},
        {"kind": "prediction_drift"},
        {"kind": "estimated_performance", "metric": USUAL[task]},
        {"kind": "realized_performance", "metric": USUAL[task]},
    )
    return cast(tuple[SignalKind, ...], tuple(kinds.make("signals", signal) for signal in usual))


def one_hot(kinds: Kinds, columns: tuple[str, ...]) -> PreprocessKind:
    """The encoding of text features that no written step encodes."""
    return cast(PreprocessKind, kinds.make("preprocess", {"kind": "one_hot", "columns": columns}))
