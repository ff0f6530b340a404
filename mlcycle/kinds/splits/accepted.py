"""Signs of leakage that the author knows of: measured as ever, told with the reason in place of a warning.

The reasons document a node and are no part of what its result is made of, so they are laid over the recorded
checks wherever those are shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mlcycle.task import CheckResult

#: The mark of a feature in the table of `single_feature` that is suspected.
SUSPECTED = "suspected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A check with what its author says of it.

    reasons: why what was found is accepted: by feature, or by the check's own name.
    needless: what is accepted and was not found. accepted: whether all that was found has a reason.
    """

    check: CheckResult
    reasons: Mapping[str, str]
    needless: tuple[str, ...]
    accepted: bool

    @property
    def reason(self) -> str:
        """The reasons as a sentence; nothing for none."""
        return "; ".join(
            text if name == self.check.name else f"`{name}`: {text}" for name, text in self.reasons.items()
        )

    @property
    def message(self) -> str:
        """The check's own words, what is accepted of it and why, and what may be removed."""
        needless = ", ".join("this" if name == self.check.name else f"`{name}`" for name in self.needless)
        accepted = f"accepted: {self.reason}" if self.reasons else ""
        left = f"`accept` names {needless} for nothing: remove it" if needless else ""
        return "; ".join(part for part in (self.check.message, accepted, left) if part)

    @property
    def verdict(self) -> str:
        """The check's verdict for a person; `accepted` is no pass."""
        return "accepted" if self.accepted else self.check.verdict


def told(check: CheckResult, accepted: Mapping[str, Any]) -> Told:
    """`accepted`: sign -> reason, or feature -> reason. A check that could not tell has nothing to accept."""
    given = accepted.get(check.name, {})
    reasons: dict[str, str] = dict(given) if isinstance(given, Mapping) else {check.name: given}
    if check.verdict not in ("pass", "fail"):
        return Told(check=check, reasons={}, needless=(), accepted=False)
    found = _found(check) if check.verdict == "fail" else ()
    return Told(
        check=check,
        reasons={name: text for name, text in reasons.items() if name in found},
        needless=tuple(name for name in reasons if name not in found),
        accepted=bool(found) and all(name in reasons for name in found),
    )


def _found(check: CheckResult) -> tuple[str, ...]:
    """What a check warns of, by the names that a reason is given for."""
    rows = check.table.rows if check.table is not None else ()
    return tuple(row[0] for row in rows if row[-1] == SUSPECTED) or (check.name,)
