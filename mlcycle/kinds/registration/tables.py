"""The tables of a model card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mlcycle.emit.card import CardTable
from mlcycle.kinds.gates.evidence import Evidence
from mlcycle.kinds.splits.accepted import told
from mlcycle.task import CheckResult

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def sides(dataset: Mapping[str, Any], split: Mapping[str, Any]) -> CardTable:
    """Rows and dates of each side, and the rows that no side has."""
    rows = [
        (
            name,
            f"{split[name]['rows']:,}",
            split[name]["from"] or "",
            split[name]["to"] or "",
            number(split[name]["label"]),
        )
        for name in ("train", "validation", "test")
    ]
    left = {
        "in a gap between sides": split.get("gap"),
        "that the split puts on no side": split.get("unused"),
        "without a label": split.get("unlabelled"),
        "left out by the model's filter": dataset.get("filtered_out"),
        "without a time": dataset.get("rows_without_time"),
    }
    aside = [f"{count:,} rows {why}" for why, count in left.items() if count]
    note = f"Counted and not used: {'; '.join(aside)}." if aside else ""
    zero = dataset.get("weights", {}).get("zero")
    if zero:
        note = f"{note} {zero:,} rows have the weight 0: where they train, they teach nothing.".lstrip()
    columns = ("side", "rows", "from", "to", "mean label")
    return CardTable(title="Data", columns=columns, rows=tuple(rows), note=note)


def signs(checks: Sequence[CheckResult], accepted: Mapping[str, Any]) -> tuple[CardTable, ...]:
    """What was asked of the sides, what was found, and why the author accepts it."""
    rows = tuple(
        (said.check.name, said.verdict.replace("_", " "), said.message)
        for said in (told(check, accepted) for check in checks)
    )
    columns = ("check", "verdict", "what was found")
    return (CardTable(title="Checks of the split", columns=columns, rows=rows),) if rows else ()


def gates(evidence: Evidence) -> CardTable:
    """Each gate with its figure, interval, limit and verdict."""
    rows = tuple(
        (
            gate.name,
            gate.verdict.replace("_", " ") + (" (warns only)" if gate.severity == "warn" else ""),
            number(gate.figure),
            interval(gate.low, gate.high),
            gate.limit or "",
            gate.message,
        )
        for gate in evidence.gates
    )
    columns = ("gate", "verdict", "figure", "interval", "limit", "what was found")
    return CardTable(
        title="Gates", columns=columns, rows=rows, note="Intervals are at 95% unless the gate says otherwise."
    )


def metrics(figures: Mapping[str, Any]) -> CardTable:
    """All metrics on the test rows."""
    rows = tuple(
        (name, number(value["figure"]), interval(value["low"], value["high"]))
        for name, value in figures.get("metrics", {}).items()
    )
    return CardTable(
        title="Metrics on the test rows", columns=("metric", "figure", "95% interval"), rows=rows
    )


def folds(training: Mapping[str, Any], figures: Mapping[str, Any]) -> tuple[CardTable, ...]:
    """Cross-validation: mean, standard deviation and figures of the metrics that the test rows have."""
    found = training.get("folds")
    if found is None:
        return ()
    rows = tuple(
        (name, *map(number, (value["mean"], value["std"])), ", ".join(map(number, value["folds"])))
        for name, value in ((name, found["metrics"][name]) for name in figures.get("metrics", {}))
    )
    held_out = sum(fold["held_out"] for fold in found["rows"])
    note = (
        f"{len(found['rows'])} models like this one, each fitted without the rows that judge it "
        f"({held_out:,} in all). None of them is this one, and none has seen the test side."
    )
    columns = ("metric", "mean", "standard deviation", "folds")
    return (CardTable(title="Cross-validation", columns=columns, rows=rows, note=note),)


def groups(evidence: Evidence) -> tuple[CardTable, ...]:
    """Decisions by group, one table for each fairness gate."""
    return tuple(_group(gate) for gate in evidence.gates if gate.table is not None)


def _group(gate: CheckResult) -> CardTable:
    assert gate.table is not None
    rows = tuple(tuple(number(cell) for cell in row) for row in gate.table.rows)
    return CardTable(title=gate.table.title, columns=gate.table.columns, rows=rows, note=gate.message)


def features(listed: Sequence[Mapping[str, Any]]) -> CardTable:
    """The model's inputs and the columns they are made of."""
    rows = tuple(
        (
            feature["name"],
            feature["dtype"],
            ", ".join(map(str, feature.get("sources") or ())),
            feature.get("description") or "",
        )
        for feature in listed
    )
    return CardTable(title="Features", columns=("feature", "type", "made of", "meaning"), rows=rows)


def importance(training: Mapping[str, Any]) -> tuple[CardTable, ...]:
    """The ten columns with most of the gain, where the trainer says so."""
    top = sorted(training["importance"].items(), key=lambda item: (-item[1], item[0]))[:10]
    rows = tuple((name, f"{share:.1%}") for name, share in top)
    columns = ("column after preprocessing", "share of the gain")
    return (CardTable(title="What the trees use", columns=columns, rows=rows),) if rows else ()


def number(value: Any) -> str:
    """Counts whole, figures with four significant digits, shares of classes as a list, missing as nothing."""
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {number(share)}" for key, share in value.items())
    if isinstance(value, bool | str):
        return str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"


def interval(low: float | None, high: float | None) -> str:
    """`low to high`, or nothing."""
    return "" if low is None or high is None else f"{low:.4g} to {high:.4g}"


def duration(seconds: int) -> str:
    """Seconds in the largest unit that divides them; nothing for none."""
    size, unit = next((size, unit) for size, unit in _UNITS if seconds % size == 0)
    return f"{seconds // size} {unit}" if seconds else ""
