"""All checks in one run: every finding of a spec at once, sorted by place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from mlcycle.checks import (
    columns,
    features,
    later,
    leakage,
    marks,
    monitors,
    partitions,
    parts,
    references,
    retraining,
    rollouts,
    rows,
    services,
    sheets,
    skew,
    splits,
)
from mlcycle.diagnostics.diagnostic import Diagnostic
from mlcycle.graph.node import Graph
from mlcycle.language.kinds import Kinds
from mlcycle.language.load import Loaded
from mlcycle.lowering.lower import Lowered, lower
from mlcycle.lowering.resolved import Resolution, Schemas

PASSES: tuple[Callable[[Lowered], Iterable[Diagnostic]], ...] = (
    references.unknown_names,
    references.foreign_keys,
    references.circles_of_sources,
    references.own_rows,
    references.missing_files,
    columns.unknown_columns,
    columns.wrong_dtypes,
    columns.unusable_dtypes,
    columns.times_as_features,
    columns.labels,
    features.history,
    features.lifetimes,
    features.cases,
    leakage.late_columns,
    leakage.label_in_features,
    leakage.own_label,
    leakage.own_row,
    leakage.undeclared_delay,
    leakage.never,
    later.shared_events,
    later.own_events,
    later.timeless,
    later.numbers_for_yes_or_no,
    later.moments_without_a_population,
    later.never_members,
    later.keys,
    later.labels_of_services,
    rows.dropped_rows,
    rows.timeless,
    rows.timeless_models,
    skew.rewritten_requests,
    skew.filled_too_early,
    skew.shadowed_columns,
    splits.small_gaps,
    splits.unknown_labels,
    splits.needless_acceptances,
    marks.sensitive_inputs,
    marks.needless_permissions,
    partitions.partitions,
    marks.personal_groups,
    marks.personal_labels,
    sheets.unsaid_consent,
    parts.mistakes,
    parts.repeated_gates,
    parts.raw_texts,
    parts.category_codes,
    rollouts.mistakes,
    rollouts.shared_models,
    rollouts.unknown_columns,
    services.labels,
    services.redaction,
    retraining.unknown_names,
    retraining.deaf_triggers,
    retraining.repeated_triggers,
    monitors.unknown_services,
    monitors.chunks,
    monitors.signals,
    monitors.labels,
)


def check(loaded: Loaded, kinds: Kinds, schemas: Schemas) -> tuple[Graph | None, tuple[Diagnostic, ...]]:
    """The graph of a spec and everything that is to be said about it, the findings of its reading included.

    The graph is None if anything is an error. Nothing of the author's is run.
    """
    if loaded.project is None:
        return None, loaded.diagnostics
    lowered = lower(loaded, kinds, schemas)
    found = [*loaded.diagnostics, *_resolving(lowered.resolution)]
    for each in PASSES:
        found.extend(each(lowered))
    found.extend(references.python_modules(lowered, schemas))
    findings = tuple(_once(sorted(found, key=lambda finding: finding.order)))
    failed = any(finding.severity == "error" for finding in findings)
    return (None if failed else lowered.graph), findings


def _resolving(resolution: Resolution) -> Iterator[Diagnostic]:
    """What lowering itself came across: broken expressions, names given twice, circles."""
    yield from resolution.findings
    for part in resolution.parts:
        yield from part.findings


def _once(findings: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """Each finding once: two models with the same mistake in a view they share make one."""
    seen: set[tuple[object, ...]] = set()
    for finding in findings:
        key = (finding.code, finding.span, finding.message)
        if key not in seen:
            seen.add(key)
            yield finding
