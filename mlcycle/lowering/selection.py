"""Which features each preprocessing step works on: `numeric`, `text`, or names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from mlcycle.diagnostics.diagnostic import Diagnostic
from mlcycle.diagnostics.span import NOWHERE, Span
from mlcycle.diagnostics.suggest import did_you_mean
from mlcycle.graph.column import Column, DType
from mlcycle.kinds.interface import NUMERIC, PreprocessKind
from mlcycle.language.kinds import Kinds
from mlcycle.lowering.defaults import one_hot
from mlcycle.lowering.resolved import Feature, Parts, Table, Use

_GROUPS: Mapping[str, tuple[DType, ...]] = {"numeric": NUMERIC, "text": ("string",)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The steps, defaults included, with the features of each; the uses and findings of the written ones."""

    steps: tuple[PreprocessKind, ...]
    features: tuple[tuple[Feature, ...], ...]
    uses: tuple[Use, ...]
    findings: tuple[Diagnostic, ...]

    def parts(self, parts: Parts) -> Parts:
        """`parts` with these steps."""
        return replace(parts, preprocess=self.steps)


def select(
    written: tuple[PreprocessKind, ...], inputs: tuple[Feature, ...], kinds: Kinds, *, complete: bool
) -> Selection:
    """The features of each written step in order, and a one-hot encoding of the text that is left.

    `complete` is false where a view has features that are not known: then any name may be one of them.
    """
    dtypes: dict[str, DType] = {feature.full_name: feature.column.dtype for feature in inputs}
    features: list[tuple[Feature, ...]] = []
    used: list[Use] = []
    findings: list[Diagnostic] = []
    for step in written:
        table = _table(inputs, dtypes)
        chosen: dict[str, Feature] = {}
        for i, name in enumerate(step.selection()):
            found, problems = _one(name, inputs, dtypes, _span(step, i))
            findings.extend(problems if found or complete else ())
            if name not in _GROUPS:
                used.extend(_use(feature, step, i, table, dtypes) for feature in found)
            chosen |= {feature.full_name: feature for feature in found}
        features.append(tuple(chosen.values()))
        dtypes |= {name: step.dtype_after(dtypes[name]) for name in chosen}
    left = tuple(feature for feature in inputs if dtypes[feature.full_name] == "string")
    steps = written
    if left:
        steps = (*written, one_hot(kinds, tuple(feature.full_name for feature in left)))
        features.append(left)
    return Selection(steps=steps, features=tuple(features), uses=tuple(used), findings=tuple(findings))


def _table(inputs: Iterable[Feature], dtypes: Mapping[str, DType]) -> Table:
    columns = {f.full_name: Column(name=f.full_name, dtype=dtypes[f.full_name]) for f in inputs}
    return Table(title="the model's features", columns=columns)


def _one(
    name: str, inputs: tuple[Feature, ...], dtypes: Mapping[str, DType], span: Span
) -> tuple[tuple[Feature, ...], tuple[Diagnostic, ...]]:
    if name in _GROUPS:
        return tuple(f for f in inputs if dtypes[f.full_name] in _GROUPS[name]), ()
    found = tuple(f for f in inputs if name in (f.full_name, f.name))
    if len(found) == 1:
        return found, ()
    if not found:
        known = [*(f.name for f in inputs), *(f.full_name for f in inputs if "." in name)]
        message = f"the model has no feature `{name}`"
        return (), (Diagnostic(code="MLC206", message=message, span=span, help=did_you_mean(name, known)),)
    names = " or ".join(f"`{f.full_name}`" for f in found)
    message = f"`{name}` could be any of {len(found)} features"
    return (), (Diagnostic(code="MLC207", message=message, span=span, help=f"write {names}"),)


def _use(
    feature: Feature, step: PreprocessKind, index: int, table: Table, dtypes: Mapping[str, DType]
) -> Use:
    column = replace(feature.column, dtype=dtypes[feature.full_name])
    return Use(
        name=feature.full_name,
        column=column,
        span=_span(step, index),
        by=f"`{step.kind}`",
        table=table,
        accepts=step.accepts,
    )


def _span(step: PreprocessKind, index: int) -> Span:
    return NOWHERE if step.span() == NOWHERE else step.span("columns", index)
