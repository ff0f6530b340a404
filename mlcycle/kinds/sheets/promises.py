"""What a source promises, and whether it keeps that, as tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mlcycle.emit.card import CardTable
from mlcycle.kinds.sheets.personal import Personal
from mlcycle.task import CheckResult

_CHECKED = ("contract", "contract_warnings")
_STRUCTURE = ("kind", "severity", "columns", "column", "expression")


def promises(contract: Mapping[str, Any] | None, personal: Personal) -> CardTable:
    """The checks of columns, then those of rows and of the whole table."""
    rows = [] if contract is None else [*_columns(contract, personal), *_table(contract, personal)]
    note = "" if rows else "The spec promises nothing of it."
    return CardTable(title="What is promised", columns=("of", "promise"), rows=tuple(rows), note=note)


def _columns(contract: Mapping[str, Any], personal: Personal) -> Iterator[tuple[str, str]]:
    for name, column in contract["columns"].items():
        said = [] if column["nullable"] else ["never missing"]
        said += ["no value twice"] if column["unique"] else []
        for check, given in column["checks"].items():
            words = f"{check} {personal.parameters(given['params'], [name])}".strip()
            said.append(words + (" (warns only)" if given["severity"] == "warn" else ""))
        if said:
            yield name, "; ".join(said)


def _table(contract: Mapping[str, Any], personal: Personal) -> Iterator[tuple[str, str]]:
    for check in contract["checks"]:
        columns = [str(each) for each in check.get("columns", [check["column"]] if "column" in check else [])]
        params = {key: value for key, value in check.items() if key not in _STRUCTURE and value is not None}
        words = f"{check['kind']} {personal.parameters(params, columns)}".strip()
        warns = " (warns only)" if check.get("severity") == "warn" else ""
        yield ", ".join(columns) or "the table", words.replace("_", " ", 1) + warns


def verdicts(checks: Sequence[CheckResult], personal: Personal) -> CardTable:
    """What the contract found in this version."""
    rows = tuple(
        (
            "errors" if check.name == "contract" else "warnings",
            check.verdict.replace("_", " "),
            "" if check.rows is None else f"{check.rows:,}",
            personal.shown(check.message),
        )
        for check in checks
        if check.name in _CHECKED
    )
    note = "" if rows else "Nothing is checked."
    columns = ("checks that are", "verdict", "rows", "what was found")
    return CardTable(title="Whether that is kept", columns=columns, rows=rows, note=note)
