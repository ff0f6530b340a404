"""What the kinds of a model find wrong with themselves, at the place where they were written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mlcycle.diagnostics.diagnostic import Diagnostic
from mlcycle.diagnostics.span import Span
from mlcycle.kinds.interface import Mistake
from mlcycle.language.base import SpecModel
from mlcycle.lowering.columns import narrowed
from mlcycle.lowering.lower import Lowered


def mistakes(lowered: Lowered) -> Iterator[Diagnostic]:
    """Mistakes of sources, splits, preprocessing steps, trainers and gates."""
    for source in lowered.resolution.sources.values():
        yield from placed(source.spec, source.spec.mistakes())
    for model in lowered.resolution.models.values():
        parts = model.parts
        yield from placed(parts.split, parts.split.mistakes(model.setting))
        yield from placed(parts.trainer, parts.trainer.mistakes(model.setting))
        for gate in parts.gates:
            yield from placed(gate, gate.mistakes(model.setting))
        for step, features in zip(parts.preprocess, model.selected, strict=True):
            dtypes = {feature.full_name: feature.column.dtype for feature in features}
            yield from placed(step, step.mistakes(dtypes))


def placed(part: SpecModel, found: Iterable[Mistake]) -> Iterator[Diagnostic]:
    """The mistakes of a part where they were written."""
    for mistake in found:
        span = part.key_span(*mistake.path) if mistake.path[:1] == ("params",) else part.span(*mistake.path)
        yield Diagnostic(
            code=mistake.code,
            message=mistake.message,
            span=_within(part, mistake, span),
            severity=mistake.severity,
            help=mistake.help,
        )


def _within(part: SpecModel, mistake: Mistake, span: Span) -> Span:
    text = getattr(part, str(mistake.path[0]), None) if mistake.path else None
    return (
        narrowed(span, text, mistake.offset) if mistake.offset is not None and isinstance(text, str) else span
    )


def repeated_gates(lowered: Lowered) -> Iterator[Diagnostic]:
    """A baseline or champion gate that says again what another one says."""
    for model in lowered.resolution.models.values():
        seen: dict[str, SpecModel] = {}
        for gate in model.parts.gates:
            config = f"{gate.kind} {sorted(gate.config().items(), key=str)}"
            if config in seen:
                message = f"this `{gate.kind}` gate is listed already"
                yield Diagnostic(
                    code="MLC508", message=message, span=gate.span("kind"), help="remove one of them"
                )
            seen[config] = gate
