"""The spec's own examples of request-time features: compute what is given, compare with what is expected."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlcycle.diagnostics.diagnostic import Diagnostic
from mlcycle.diagnostics.suggest import did_you_mean

if TYPE_CHECKING:
    from mlcycle.language.project import Case
    from mlcycle.lowering.lower import Lowered
    from mlcycle.lowering.resolved import Feature, ResolvedView

#: The least relative difference of two numbers that are not the same.
_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How many values were compared, and what was wrong."""

    compared: int
    findings: tuple[Diagnostic, ...]


def run_cases(lowered: Lowered) -> Outcome:
    """Every case of a project."""
    done = [_run(case, lowered) for case in lowered.project.tests]
    findings = tuple(found for outcome in done for found in outcome.findings)
    return Outcome(compared=sum(outcome.compared for outcome in done), findings=findings)


def _run(case: Case, lowered: Lowered) -> Outcome:
    view = lowered.resolution.views[case.feature_view]
    if view.looked_up:
        message = f"the features of `{view.name}` are looked up, not computed from one row"
        return _only(Diagnostic(code="MLC803", message=message, span=case.span("feature_view")))
    unknown = tuple(_unknown(case, view))
    if unknown:
        return Outcome(compared=0, findings=unknown)
    try:
        computed = _compute(case, view, lowered)
    except (ValueError, TypeError) as error:
        message = f"a given value does not fit its column: {error}"
        return _only(Diagnostic(code="MLC803", message=message, span=case.span("given")))
    findings = tuple(_differences(case, view, computed))
    return Outcome(compared=sum(len(row) for row in case.expect), findings=findings)


def _only(found: Diagnostic) -> Outcome:
    return Outcome(compared=0, findings=(found,))


def _unknown(case: Case, view: ResolvedView) -> Iterator[Diagnostic]:
    """Features that are expected of the view, which it does not have."""
    for index, row in enumerate(case.expect):
        for name in row:
            if name not in view.features:
                message = f"the feature view `{view.name}` has no feature `{name}`"
                hint = did_you_mean(name, view.features)
                yield Diagnostic(
                    code="MLC803", message=message, span=case.span("expect", index, name), help=hint
                )


def _compute(case: Case, view: ResolvedView, lowered: Lowered) -> Mapping[str, Any]:
    """The view's features of the given rows, as columns; what is not given is missing."""
    from mlcycle.kinds.features.holidays_resolved import resolve
    from mlcycle.lowering.rows import AS_OF
    from mlcycle.steps.columns import MAKERS
    from mlcycle.steps.program import parse_program, run_program

    dtypes = view.source.table.dtypes() if view.source is not None else {AS_OF: "timestamp"}
    columns = {
        f"request.{name}": MAKERS[dtypes[name]]([row.get(name) for row in case.given])
        for name in view.request
    }
    for feature in _others(view, lowered):
        columns[feature.full_name] = MAKERS[feature.column.dtype](
            [r.get(feature.full_name) for r in case.given]
        )
    return run_program(parse_program(resolve(view.program)), columns)


def _others(view: ResolvedView, lowered: Lowered) -> Iterator[Feature]:
    """Features of other views that this one reads; a case gives them as `view.feature`."""
    names = dict.fromkeys(name for feature in view.features.values() for name in feature.others)
    for other, _, name in (full.partition(".") for full in names):
        if other != view.name:
            yield lowered.resolution.views[other].features[name]


def _differences(case: Case, view: ResolvedView, computed: Mapping[str, Any]) -> Iterator[Diagnostic]:
    for index, row in enumerate(case.expect):
        for name, expected in row.items():
            feature = view.features[name]
            found = plain(computed[feature.full_name][index], feature.column.dtype)
            if not same(found, expected):
                message = f"`{name}` is {shown(found)}, expected {shown(expected)}"
                yield Diagnostic(code="MLC803", message=message, span=case.span("expect", index, name))


def plain(value: Any, dtype: str) -> Any:
    """A computed value as a spec would write it; missing is None."""
    if value is None or value != value:  # NaN and NaT differ from themselves
        return None
    if dtype in ("timestamp", "date"):
        return value.item().isoformat()
    if dtype == "bool":
        return bool(value)
    return str(value) if dtype == "string" else float(value)


def same(found: Any, expected: Any) -> bool:
    """Whether a computed value is the expected one; numbers may differ by rounding."""
    if found is None or expected is None:
        return found is expected
    if isinstance(found, bool) or isinstance(expected, bool):
        return found is expected
    if isinstance(found, float) and isinstance(expected, int | float):
        return math.isclose(found, expected, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE)
    return str(found) == str(expected).removesuffix("Z").removesuffix("+00:00")


def shown(value: Any) -> str:
    """A value in a message."""
    if value is None:
        return "missing"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)
