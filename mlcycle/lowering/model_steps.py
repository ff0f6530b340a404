"""The steps of a model's nodes: split, preprocessing and trainer, gates."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from mlcycle.diagnostics.span import NOWHERE, Span
from mlcycle.graph.availability import AT_ONCE, least_gap
from mlcycle.graph.column import NEVER
from mlcycle.graph.node import Check, Step
from mlcycle.language.base import SpecModel
from mlcycle.lowering.plain import kept, seconds
from mlcycle.lowering.resolved import ResolvedModel


def inferred_gap(model: ResolvedModel) -> timedelta:
    """Label delay + horizon (rule of time 7); the horizon alone for a label that is never known.

    With `predict_at` the label delay alone: the gap ends at the first prediction, not at the first event.
    """
    delay = model.label.available_after if model.label is not None else None
    return least_gap(AT_ONCE if delay == NEVER else delay, model.horizon)


def split_step(model: ResolvedModel) -> Step:
    """How rows are divided. The gap is part of a time split only."""
    split = model.parts.split
    config = dict(split.config())
    if split.by_time:
        declared = split.declared_gap()
        config["gap_seconds"] = seconds(declared[0] if declared is not None else inferred_gap(model))
        if declared is None and model.spec.predict_at is not None:
            config["gap_ends_at"] = "predict_at"
            if model.later is not None:
                config["gap_begins_at"] = "predict_at"
    return Step(
        name="split", kind=split.kind, work=split.work, config=config, span=_place(split, model, "split")
    )


def split_checks(model: ResolvedModel, place: Span) -> Iterator[Check]:
    """What is asked of the sides: signs of leakage, which warn, and what the kind promises."""
    split = model.parts.split
    told = {
        "single_feature": "No feature alone predicts the label almost perfectly.",
        "repeated_rows": "No row of validation or test is a row of train as well, apart from its key.",
    }
    if model.timestamp is not None and not split.by_time:
        told["shuffled"] = "No test row is older than the newest training row."
    for name, description in told.items():
        yield Check(name=name, severity="warn", description=description, span=place)
    if split.together():
        columns = ", ".join(f"`{name}`" for name in split.together())
        description = f"Rows that agree in {columns} are all on one side."
        yield Check(name="groups_apart", description=description, span=place)
    if split.by_time and split.fold_count():
        description = "Each fold learns from what was known before the first row that judges it."
        yield Check(name="folds_in_time", description=description, span=place)


def training_steps(model: ResolvedModel) -> tuple[Step, ...]:
    """Preprocessing in order, then the trainer."""
    steps = []
    for i, (each, features) in enumerate(zip(model.parts.preprocess, model.selected, strict=True)):
        config = {**each.config(), "columns": [feature.full_name for feature in features]}
        span = _place(each, model, "preprocess")
        steps.append(Step(name=f"preprocess.{i}", kind=each.kind, work=each.work, config=config, span=span))
    trainer = model.parts.trainer
    span = _place(trainer, model, "trainer")
    work = trainer.work_name()
    return (*steps, Step(name="trainer", kind=trainer.kind, work=work, config=trainer.config(), span=span))


def gate_steps(model: ResolvedModel) -> tuple[Step, ...]:
    """One step a gate."""
    return tuple(
        Step(
            name=f"gate.{i}.{gate.kind}",
            kind=gate.kind,
            work=gate.work,
            config={**gate.config(), **kept(sample_weight=gate.sample_weight), "severity": gate.severity},
            span=_place(gate, model, "gates"),
        )
        for i, gate in enumerate(model.parts.gates)
    )


def _place(part: SpecModel, model: ResolvedModel, key: str) -> Span:
    """Where a part was written; for a default the key where it would be, or the model."""
    span = part.span()
    return model.spec.key_span(key) if span == NOWHERE else span
