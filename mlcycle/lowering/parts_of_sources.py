"""Sources that are read by partitions: the column that says when a late row was first seen, and the node."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from mlcycle.diagnostics.diagnostic import Diagnostic
from mlcycle.graph.availability import delay
from mlcycle.graph.column import NEVER, DType
from mlcycle.graph.node import Check, Node, Step
from mlcycle.graph.partitions import PARTITIONED
from mlcycle.kinds.interface import SourceKind
from mlcycle.lowering.plain import kept, seconds
from mlcycle.lowering.resolved import ResolvedSource

_SEEN = "first_seen"
_GONE = "Partitions that were read again have no fewer rows than before."


def with_first_seen(
    spec: SourceKind, found: Mapping[str, DType] | None
) -> tuple[SourceKind, Mapping[str, DType] | None, tuple[Diagnostic, ...]]:
    """The source with `first_seen` as its `created_timestamp`, where rows may arrive late and it has none."""
    if spec.partitions is None or spec.created_timestamp is not None or spec.timestamp is None:
        return spec, found, ()
    taken = _SEEN in (found or {}) or _SEEN in spec.columns or _SEEN in spec.derive
    findings = (_taken(spec),) if taken else ()
    table = {**found, _SEEN: "timestamp"} if found is not None else None
    return spec.model_copy(update={"created_timestamp": _SEEN}), table, findings


def is_first_seen(name: str, spec: SourceKind) -> bool:
    """Whether a column is not read, but made by reading."""
    return spec.partitions is not None and name == spec.created_timestamp == _SEEN


def partitions_name(project: str, source: str) -> str:
    """The node of a source's partitions."""
    return f"{project}/partitions/{source}"


def is_gathered(spec: SourceKind) -> bool:
    """Whether a source is read by partitions: one that is pinned is not read at all."""
    return spec.partitions is not None and spec.snapshot is None


def partitions_node(project: str, source: ResolvedSource) -> Node:
    """The partitions of a source, each read by its own."""
    spec = source.spec
    cut = spec.partitions
    assert cut is not None
    config = kept(
        path=spec.file(),
        version=spec.version if any(fact.startswith("version:") for fact in spec.observes()) else None,
        every=cut.every,
        start=cut.start.isoformat(),
        end=cut.end.isoformat() if cut.end is not None else None,
        lookback=cut.lookback or None,
        timestamp=spec.timestamp,
        known_after_seconds=seconds(_known_after(source)) or None,
        first_seen=is_first_seen(_SEEN, spec) or None,
        key=list(source.row_key) or None,
        secret=sorted({*source.hidden, *(n for n, c in source.table.columns.items() if c.pii)}) or None,
    )
    return Node(
        name=partitions_name(project, source.name),
        kind=PARTITIONED,
        work="mlcycle.kinds.sources.union:write",
        config=config,
        steps=(source.steps[0],),
        observes=spec.observes(),
        checks=(
            Check(name="rows_gone", severity="warn", description=_GONE, span=spec.key_span("partitions")),
        ),
        columns=tuple(source.read.columns.values()),
        span=spec.key_span("partitions"),
    )


def _known_after(source: ResolvedSource) -> timedelta:
    """How long after its event the last value of a row is known, of those that ever are."""
    late = (delay(column.available_after) for column in source.table.columns.values())
    return max((after for after in late if after != NEVER), default=timedelta(0))


def gathered_step(step: Step) -> Step:
    """The reading step of a source whose rows are gathered by partitions."""
    return Step(
        name=step.name, kind="partitions", work="mlcycle.kinds.sources.union:assembled", span=step.span
    )


def _taken(spec: SourceKind) -> Diagnostic:
    return Diagnostic(
        code="MLC373",
        message=f"the source has a column `{_SEEN}`, which is what reading by partitions adds to it",
        span=spec.key_span("partitions"),
        help=f"if it is when a row was written, add `created_timestamp: {_SEEN}`; else rename it where it is",
    )
