"""How quickly the service answers, and how often it fails to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from mlcycle.graph.node import Config
from mlcycle.kinds.interface import Mistake, Setting, SignalKind
from mlcycle.language.quantities import Latency, Share


class Spec(SignalKind):
    """Looks at the requests of a chunk, those that were refused or failed included."""

    work: ClassVar[str] = "mlcycle.kinds.signals.system.work:measure"

    kind: Literal["system"]
    p99: Latency | None = None
    """The time within which 99 of 100 requests are answered."""
    error_rate: Share | None = None
    """The greatest share of requests that may fail (a status of 500 or more)."""

    def config(self) -> Config:
        keys = {"p99_seconds": self.p99, "error_rate": self.error_rate}
        return {key: value for key, value in keys.items() if value is not None}

    def sentence(self) -> str:
        parts = [f"99 of 100 requests answered within {self.p99 * 1000:g} ms"] if self.p99 is not None else []
        parts += [f"at most {self.error_rate:.2%} of requests fail"] if self.error_rate is not None else []
        return "; ".join(parts).capitalize() + "."

    def mistakes(self, setting: Setting) -> Iterator[Mistake]:
        if self.p99 is None and self.error_rate is None:
            message = "this signal has neither `p99` nor `error_rate`: it would look at nothing"
            yield Mistake(code="MLC706", message=message, path=("kind",), help="such as `error_rate: 1%`")
