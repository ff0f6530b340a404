"""What is wrong with an analysis' limits, found before any request is asked."""

from __future__ import annotations

from collections.abc import Iterator

from mlcycle.kinds.interface import Mistake


def confidence_mistakes(confidence: float) -> Iterator[Mistake]:
    """A confidence that says nothing, or that no number of requests reaches."""
    if not 0.5 <= confidence < 1:
        message = "a confidence lies between 50% and 100%"
        yield Mistake(code="MLC605", message=message, path=("confidence",), help="write `confidence: 95%`")


def share_mistakes(key: str, share: float, what: str) -> Iterator[Mistake]:
    """A limit that nothing keeps to, or that everything does. what: what 0 would say, for a sentence."""
    if share == 0:
        message = f"no number of requests shows that {what}"
        yield Mistake(code="MLC605", message=message, path=(key,), help="write a small share, such as `1%`")
    if share == 1:
        message = f"`{key}: 100%` never stops a version"
        yield Mistake(code="MLC605", message=message, path=(key,), help="write a share that matters")
