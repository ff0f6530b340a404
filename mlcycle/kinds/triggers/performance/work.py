"""Whether the performance of a chunk is beyond its limit."""

from __future__ import annotations

from collections.abc import Iterator

from mlcycle.graph.node import Config
from mlcycle.kinds.triggers.facts import Chunk, Facts, figures, level, said, span_of
from mlcycle.retraining.observation import Observation


def observe(config: Config, facts: Facts) -> tuple[Observation, ...]:
    """One observation for each closed chunk; those from the first on that waits for labels come later."""
    labelled = config["signal"] == "realized_performance"
    return tuple(_seen(config, chunk) for chunk in _final(facts, labelled))


def _final(facts: Facts, labelled: bool) -> Iterator[Chunk]:
    for chunk in facts.chunks:
        if labelled and not chunk.settled:
            return
        yield chunk


def _seen(config: Config, chunk: Chunk) -> Observation:
    wanted = f"{config['signal']}.{config.get('metric', '')}"
    checks = tuple(
        check
        for check in chunk.checks
        if check.name == wanted or (wanted.endswith(".") and check.name.startswith(wanted))
    )
    levels = [level(check, config["margin"]) for check in checks]
    beyond = "breach" in levels
    known = bool(levels) and (beyond or "unknown" not in levels)
    told = ", ".join(map(said, checks)) or "not measured"
    return Observation(
        key=span_of(chunk),
        at=chunk.start,
        breach=beyond if known else None,
        clear=bool(levels) and set(levels) == {"clear"},
        evidence=f"{span_of(chunk)}: {config['signal'].replace('_', ' ')} {told}",
        figures=figures(checks),
    )
