"""How many features of a chunk have drifted."""

from __future__ import annotations

from mlcycle.graph.node import Config
from mlcycle.kinds.triggers.facts import Chunk, Facts, figures, level, said, span_of
from mlcycle.retraining.observation import Observation


def observe(config: Config, facts: Facts) -> tuple[Observation, ...]:
    """One observation for each closed chunk."""
    return tuple(_seen(config, chunk) for chunk in facts.chunks)


def _seen(config: Config, chunk: Chunk) -> Observation:
    """A feature that nobody can tell of counts as drifted where it is asked whether the chunk is clear."""
    checks = tuple(check for check in chunk.checks if check.name.startswith("data_drift."))
    levels = [level(check, config["margin"]) for check in checks]
    beyond, unknown = levels.count("breach"), levels.count("unknown")
    least, close = config["min_features"], levels.count("close")
    breach = None if beyond < least <= beyond + unknown or unknown == len(levels) else beyond >= least
    drifted = [said(check) for check, found in zip(checks, levels, strict=True) if found == "breach"]
    told = f"{beyond} of {len(checks)} features beyond their limit" + _listed(drifted)
    if breach is None:
        told = f"{unknown} of {len(checks)} features cannot be told"
    return Observation(
        key=span_of(chunk),
        at=chunk.start,
        breach=breach,
        clear=breach is False and beyond + close + unknown < least,
        evidence=f"{span_of(chunk)}: {told}",
        figures=figures(checks),
    )


def _listed(names: list[str]) -> str:
    left = len(names) - 3
    return f": {', '.join(names[:3])}" + (f" and {left} more" if left > 0 else "") if names else ""
