"""Feature views: features that need an entity or a time, and the spec's own examples."""

from __future__ import annotations

from collections.abc import Iterator

from mlcycle.diagnostics.diagnostic import Diagnostic
from mlcycle.diagnostics.suggest import did_you_mean
from mlcycle.kinds.interface import HistoryFeature
from mlcycle.lowering.lower import Lowered


def history(lowered: Lowered) -> Iterator[Diagnostic]:
    """A feature of earlier rows in a view that does not say whose rows, or whose rows have no time."""
    for view in lowered.resolution.views.values():
        for name, feature in view.spec.features.items():
            if not isinstance(feature, HistoryFeature):
                continue
            if view.spec.entity is None:
                message = f"`{name}` is made of earlier rows, but `{view.name}` has no entity to say of whom"
                help_line = "add `entity:` to the feature view"
                yield Diagnostic(code="MLC311", message=message, span=feature.span("kind"), help=help_line)
            elif view.source is not None and view.source.spec.timestamp is None and feature.needs_time():
                message = f"`{name}` needs rows with a time, and `{view.source.name}` declares no `timestamp`"
                help_line = f"add `timestamp:` to the source `{view.source.name}`"
                yield Diagnostic(code="MLC311", message=message, span=feature.span("kind"), help=help_line)


def lifetimes(lowered: Lowered) -> Iterator[Diagnostic]:
    """A ttl of features that cannot grow stale: they come with the request, or their source has no time."""
    for view in lowered.resolution.views.values():
        if view.spec.ttl is None or view.source is None:
            continue
        if not view.looked_up:
            message = f"`{view.name}` has no entity: its features come with the request and are never stale"
            help_line = "remove `ttl`, or add `entity:`"
        elif view.source.spec.timestamp is None:
            message = (
                f"the rows of `{view.source.name}` have no time, so that nothing of `{view.name}` grows old"
            )
            help_line = f"remove `ttl`, or add `timestamp:` to the source `{view.source.name}`"
        else:
            continue
        yield Diagnostic(code="MLC312", message=message, span=view.spec.span("ttl"), help=help_line)


def cases(lowered: Lowered) -> Iterator[Diagnostic]:
    """An example that gives a column or expects a feature that is not there."""
    for case in lowered.project.tests:
        view = lowered.resolution.views.get(case.feature_view)
        if view is None or not view.complete:
            continue
        for i, row in enumerate(case.expect):
            for name in row:
                if name not in view.features:
                    yield Diagnostic(
                        code="MLC206",
                        message=f"the feature view `{view.name}` has no feature `{name}`",
                        span=case.key_span("expect", i, name),
                        help=did_you_mean(name, view.features),
                    )
        columns = view.source.table if view.source is not None else None
        for i, row in enumerate(case.given):
            for name in row:
                if columns is not None and "." not in name and columns.find(name) is None:
                    yield Diagnostic(
                        code="MLC301",
                        message=f"{columns.title} has no column `{name}`",
                        span=case.key_span("given", i, name),
                        help=did_you_mean(name, columns.columns),
                    )
