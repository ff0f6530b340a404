"""Where a value may be of several forms, pydantic says what is wrong with each; the author meant one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

Path = tuple[str | int, ...]

#: Errors that say no more than that the value has another form.
_OTHER_FORM = frozenset({"MLC104", "literal_error", "model_type", "tuple_type", "dict_type", "string_type"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """One of pydantic's errors at the path where it was written.

    union: the path of the value that may be of several forms, and which of them this is about; else None.
    """

    details: dict[str, Any]
    path: Path
    union: tuple[Path, str] | None = None

    @property
    def other_form(self) -> bool:
        """Whether it only says that the value is of another form."""
        return self.union is not None and self.path == self.union[0] and self.details["type"] in _OTHER_FORM


def mistakes(errors: Iterable[dict[str, Any]], data: object) -> Iterator[Mistake]:
    """The errors, and of each value with several forms only those about the form that fits best."""
    found = [_placed(details, data) for details in errors]
    forms: dict[Path, dict[str, list[Mistake]]] = {}
    for one in found:
        if one.union is not None:
            forms.setdefault(one.union[0], {}).setdefault(one.union[1], []).append(one)
    meant = {path: _meant(branches) for path, branches in forms.items()}
    for one in found:
        if one.union is None or meant[one.union[0]] == one.union[1]:
            yield one


def _meant(branches: dict[str, list[Mistake]]) -> str:
    return min(branches, key=lambda label: any(one.other_form for one in branches[label]))


def _placed(details: dict[str, Any], data: object) -> Mistake:
    """Leave out of the path what pydantic calls the forms: those steps are not in the document."""
    loc: Path = details["loc"]
    path: list[str | int] = []
    union: tuple[Path, str] | None = None
    for index, step in enumerate(loc):
        last = index == len(loc) - 1
        if _is_written(data, step) or (last and details["type"] == "missing") or step == "[key]":
            path.append(step)
            data = _below(data, step)
        elif isinstance(step, str) and not (isinstance(data, str | int | float) and not last):
            union = union or (tuple(path), step)
        else:
            path.append(step)
    return Mistake(details=details, path=tuple(path), union=union)


def _is_written(data: object, step: str | int) -> bool:
    if isinstance(data, dict):
        return step in data
    return isinstance(data, tuple) and isinstance(step, int) and step < len(data)


def _below(data: object, step: str | int) -> object:
    if isinstance(data, dict):
        return data.get(step)
    return data[step] if isinstance(data, tuple) and isinstance(step, int) else None
