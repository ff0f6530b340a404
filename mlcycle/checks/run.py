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
from mlcycle.checks.gaps import AT_ALL, AT_NAMES, AT_SPLITS, AT_TRAINING, Gaps, Looks
from mlcycle.diagnostics.diagnostic import Diagnostic
from mlcycle.graph.node import Graph
from mlcycle.language.kinds import Kinds
from mlcycle.language.load import Loaded
from mlcycle.lowering.lower import Lowered, lower
from mlcycle.lowering.resolved import Resolution, Schemas

Pass = Callable[[Lowered], Iterable[Diagnostic]]

#: The checks, by how far each looks: that decides what it may tell of a spec with mistakes of form.
PASSES: tuple[tuple[Looks, tuple[Pass, ...]], ...] = (
    (
        AT_NAMES,
        (
            references.unknown_names,
            references.foreign_keys,
            references.circles_of_sources,
            references.missing_files,
            columns.unknown_columns,
            features.cases,
            parts.repeated_gates,
            rollouts.shared_models,
            rollouts.unknown_columns,
            retraining.unknown_names,
            retraining.repeated_triggers,
            monitors.unknown_services,
            monitors.chunks,
            monitors.signals,
        ),
    ),
    (AT_TRAINING, (parts.of_training,)),
    (AT_SPLITS, (splits.needless_acceptances,)),
    (
        AT_ALL,
        (
            references.own_rows,
            columns.wrong_dtypes,
            columns.unusable_dtypes,
            columns.times_as_features,
            columns.labels,
            features.history,
            features.lifetimes,
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
            marks.sensitive_inputs,
            marks.needless_permissions,
            marks.personal_groups,
            marks.personal_labels,
            partitions.partitions,
            sheets.unsaid_consent,
            parts.of_data,
            parts.raw_texts,
            parts.category_codes,
            services.labels,
            services.redaction,
            rollouts.mistakes,
            retraining.deaf_triggers,
            monitors.labels,
        ),
    ),
)


def check(loaded: Loaded, kinds: Kinds, schemas: Schemas) -> tuple[Graph | None, tuple[Diagnostic, ...]]:
    """The graph of a spec and everything that is to be said about it, the findings of its reading included.

    The graph is None if anything is an error. Nothing of the author's is run.
    """
    if loaded.draft is None:
        return None, loaded.diagnostics
    lowered = lower(loaded, kinds, schemas)
    gaps = Gaps(loaded.draft.whole, loaded.draft.gaps, loaded.draft.strays)
    found = list(loaded.diagnostics)
    named = (*_resolving(lowered.resolution), *references.python_modules(lowered, schemas))
    found += [finding for finding in named if gaps.tells(finding, AT_NAMES)]
    for looks, passes in PASSES:
        found += [finding for each in passes for finding in each(lowered) if gaps.tells(finding, looks)]
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
