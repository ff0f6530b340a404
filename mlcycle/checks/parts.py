"""What the kinds of a model find wrong with themselves, at the place where they were written."""

from __future__ import annotations

from collections.abc import Iterator

from mlcycle.diagnostics.diagnostic import Diagnostic
from mlcycle.language.base import SpecModel
from mlcycle.lowering.columns import placed
from mlcycle.lowering.lower import Lowered


def of_data(lowered: Lowered) -> Iterator[Diagnostic]:
    """Mistakes of sources, splits and preprocessing steps."""
    for source in lowered.resolution.sources.values():
        yield from placed(source.spec, source.spec.mistakes())
    for model in lowered.resolution.models.values():
        parts = model.parts
        yield from placed(parts.split, parts.split.mistakes(model.setting))
        for step, features in zip(parts.preprocess, model.selected, strict=True):
            dtypes = {feature.full_name: feature.column.dtype for feature in features}
            yield from placed(step, step.mistakes(dtypes))


def of_training(lowered: Lowered) -> Iterator[Diagnostic]:
    """Mistakes of trainers and gates."""
    for model in lowered.resolution.models.values():
        trainer, gates = model.parts.trainer, model.parts.gates
        yield from placed(trainer, trainer.mistakes(model.setting))
        for gate in gates:
            yield from placed(gate, gate.mistakes(model.setting))


def raw_texts(lowered: Lowered) -> Iterator[Diagnostic]:
    """A step that takes texts as they come, behind another step of the same feature."""
    for model in lowered.resolution.models.values():
        touched: dict[str, str] = {}
        for step, features in zip(model.parts.preprocess, model.selected, strict=True):
            for feature in features:
                name = feature.full_name
                if step.takes_raw_text and name in touched:
                    message = f"`{step.kind}` takes `{name}` as it comes, and `{touched[name]}` is before it"
                    help_line = f"remove `{name}` from `{touched[name]}`: a missing text has no words"
                    yield Diagnostic(code="MLC260", message=message, span=step.span("kind"), help=help_line)
                touched.setdefault(name, step.kind)


def category_codes(lowered: Lowered) -> Iterator[Diagnostic]:
    """A step that computes with codes of categories, and a trainer that would take them for numbers."""
    for model in lowered.resolution.models.values():
        coded: dict[str, str] = {}
        for step, features in zip(model.parts.preprocess, model.selected, strict=True):
            names = [feature.full_name for feature in features]
            for name in (name for name in names if name in coded):
                message = f"`{step.kind}` would compute with the codes that `{coded[name]}` made of `{name}`"
                yield Diagnostic(
                    code="MLC361",
                    message=message,
                    span=step.span("kind"),
                    help=f"leave `{name}` out of one of the two",
                )
            coded |= dict.fromkeys(names, step.kind) if step.gives_categories else {}
            trainer = model.parts.trainer
            if step.gives_categories and not trainer.takes_categories:
                message = f"the trainer `{trainer.kind}` would take the codes of `{step.kind}` for numbers"
                help_line = "encode with `one_hot` or `target_encode`"
                yield Diagnostic(code="MLC362", message=message, span=step.span("kind"), help=help_line)


def repeated_gates(lowered: Lowered) -> Iterator[Diagnostic]:
    """A baseline or champion gate that says again what another one says."""
    for model in lowered.resolution.models.values():
        seen: dict[str, SpecModel] = {}
        for gate in model.parts.gates:
            config = f"{gate.kind} {sorted(gate.config().items(), key=str)} {gate.sample_weight}"
            if config in seen:
                message = f"this `{gate.kind}` gate is listed already"
                yield Diagnostic(
                    code="MLC508", message=message, span=gate.span("kind"), help="remove one of them"
                )
            seen[config] = gate
