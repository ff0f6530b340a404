"""Whether decisions, and their errors, fall alike on groups of rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from mlcycle.kinds.gates.fairness.groups import FIGURES, Group, counted
from mlcycle.kinds.gates.scores import Scores
from mlcycle.kinds.gates.statistics import Estimate, draws, generator, percentiles
from mlcycle.kinds.gates.verdicts import SHOWN_CONFIDENCE, Limits, result, without
from mlcycle.task import CheckResult, Table


def judge(config: Mapping[str, Any], scores: Scores) -> CheckResult:
    """config: `metric`, `by` (columns; together they make the groups), `min_rows`, optional `min`, `max`.

    Groups with fewer than `min_rows` rows are left out and named: their rates are mostly chance. Fewer than
    two groups are inconclusive. The interval is a bootstrap within each group. Of weighted rows a group has
    as many as they tell of.
    """
    limits = Limits(least=config.get("min"), most=config.get("max"), confident="confidence" in config)
    groups = counted(scores, config["by"])
    least = config.get("min_rows", 1)
    large = [group for group in groups if group.evidence >= least]
    small = [group for group in groups if group.evidence < least]
    table = _table(config["by"], groups)
    left_out = f"; left out as too small: {', '.join(group.name for group in small)}" if small else ""
    if len(large) < 2:
        message = f"{len(large)} of {len(groups)} groups have enough rows to be compared{left_out}"
        return _with(without("inconclusive", message, rows=scores.rows, limits=limits), table)
    found = _estimate(config["metric"], large, config.get("confidence", SHOWN_CONFIDENCE))
    by = ", ".join(config["by"])
    message = f"{config['metric']} by {by} over {len(large)} groups{left_out}"
    return _with(result(found, limits, message=message, rows=sum(group.evidence for group in large)), table)


def _estimate(metric: str, groups: list[Group], confidence: float) -> Estimate:
    """The figure, and a percentile interval from drawing each group's rows again."""
    figure = FIGURES[metric]
    source = generator()
    tables = [group.table() for group in groups]
    drawn = [group.drawn(source, draws()) for group in groups]
    again = np.array([figure([counts[index] for counts in drawn]) for index in range(draws())])
    return percentiles(figure(tables), again, confidence)


def _table(by: list[str], groups: list[Group]) -> Table:
    rows = tuple(
        (
            g.name,
            g.rows,
            _round(g.selection_rate),
            _round(g.true_positive_rate),
            _round(g.false_positive_rate),
        )
        for g in groups
    )
    columns = (", ".join(by), "rows", "selection rate", "true positive rate", "false positive rate")
    return Table(title=f"Decisions by {', '.join(by)}", columns=columns, rows=rows[:50])


def _round(value: float) -> float | None:
    return round(value, 4) if np.isfinite(value) else None


def _with(check: CheckResult, table: Table) -> CheckResult:
    return replace(check, table=table)
