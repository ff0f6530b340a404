"""How many rows are new."""

from __future__ import annotations

from mlcycle.graph.node import Config
from mlcycle.kinds.triggers.facts import Facts
from mlcycle.retraining.observation import Observation


def observe(config: Config, facts: Facts) -> tuple[Observation, ...]:
    """The rows of the source now, beside those that the newest training learned from."""
    source, least = config["source"], config["min_rows"]
    if facts.rows is None or facts.rows_trained is None:
        told, breach, new = f"it is not known how many rows of `{source}` are new", None, None
    else:
        new = facts.rows - facts.rows_trained
        told, breach = f"`{source}` has {new:,} new rows (>= {least:,})", new >= least
    return (
        Observation(
            key=facts.version,
            at=facts.now,
            breach=breach,
            clear=breach is False,
            evidence=told,
            figures={} if new is None else {"new_rows": float(new)},
            of_model=False,
        ),
    )
