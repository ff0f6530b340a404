"""Sources that are read by partitions: what they need, and where a partition may begin."""

from __future__ import annotations

from collections.abc import Iterator

from mlcycle.diagnostics.diagnostic import Diagnostic
from mlcycle.graph.partitions import floor
from mlcycle.kinds.interface import SourceKind
from mlcycle.lowering.lower import Lowered


def partitions(lowered: Lowered) -> Iterator[Diagnostic]:
    """A source that cannot be read so, or bounds at which no partition begins."""
    for source in lowered.resolution.sources.values():
        spec = source.spec
        if spec.partitions is None:
            continue
        reason = spec.unpartitioned()
        if spec.timestamp is None:
            message = f"`{source.name}` has no `timestamp` to tell by which partition a row is in"
            yield _found("MLC370", message, spec, "add `timestamp:`, or read the source whole")
        elif reason is not None:
            message = f"`{source.name}` cannot be read by partitions: {reason}"
            yield _found("MLC371", message, spec, "take one of them out")
        yield from _bounds(spec)


def _bounds(spec: SourceKind) -> Iterator[Diagnostic]:
    cut = spec.partitions
    assert cut is not None
    for key in ("start", "end"):
        moment = getattr(cut, key)
        if moment is not None and moment != floor(moment, cut.every):
            begins = "at midnight (UTC)" if cut.every == "day" else "on the first day of a month (UTC)"
            begun = floor(moment, cut.every)
            yield Diagnostic(
                code="MLC372",
                message=f"a partition of a {cut.every} begins {begins}, and this is {moment:%Y-%m-%d %H:%M}",
                span=cut.span(key),
                help=f"write `{begun:%Y-%m-%d}`",
            )
    if cut.end is not None and cut.end <= cut.start:
        message = "the last partition ends before the first begins"
        yield Diagnostic(
            code="MLC372", message=message, span=cut.span("end"), help="`end` is later than `start`"
        )


def _found(code: str, message: str, spec: SourceKind, help: str) -> Diagnostic:
    return Diagnostic(code=code, message=message, span=spec.key_span("partitions"), help=help)
