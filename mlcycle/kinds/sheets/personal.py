"""Words of the spec and of checks, without those that could quote a value of a person."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Personal:
    """The columns with personal data, also those that cleaning renames or leaves out."""

    names: frozenset[str]

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> Personal:
        """Those of a sheet's config, of a feature `view.name` also as `name`."""
        marked = [each["name"] for each in config.get("columns", ()) if each.get("pii")]
        short = [name.partition(".")[2] for name in marked]
        return cls(frozenset({*marked, *filter(None, short), *config.get("secret", ())}))

    def about(self, text: str) -> bool:
        """Whether a text names one of them: then it may quote a value as well."""
        return any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) for name in self.names)

    def shown(self, text: str) -> str:
        """The text, unless it names one of them."""
        return "not shown: it works on personal data" if self.about(text) else text

    def parameters(self, params: Mapping[str, Any], columns: Iterable[str]) -> str:
        """A check's parameters as words; none where a column is personal."""
        said = ", ".join(f"{_plain(key)} {_value(value)}" for key, value in sorted(params.items()))
        return "" if any(map(self.about, (*columns, said))) else said


def _plain(key: str) -> str:
    return key.replace("_", " ")


def _value(value: Any) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(_value, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
