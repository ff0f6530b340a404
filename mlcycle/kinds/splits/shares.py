"""Shares of rows for the three sides of a split."""

from __future__ import annotations

from collections.abc import Iterator

from mlcycle.kinds.interface import Mistake

DEFAULT = {"train": 0.7, "validation": 0.1, "test": 0.2}


def default_shares(train: float | None, validation: float | None, test: float | None) -> dict[str, float]:
    """The shares as declared; 70/10/20 where none is. A validation share may be left out: it is 0 then."""
    if train is None and validation is None and test is None:
        return dict(DEFAULT)
    return {"train": train or 0.0, "validation": validation or 0.0, "test": test or 0.0}


def sum_mistakes(train: float | None, validation: float | None, test: float | None) -> Iterator[Mistake]:
    """What is wrong with the shares: a side that must have rows has none, or they do not sum to 1."""
    if train is None and validation is None and test is None:
        return
    for name, share in (("train", train), ("test", test)):
        if not share:
            yield Mistake(code="MLC503", message=f"the `{name}` side would have no rows", path=(name,))
    total = sum(share or 0.0 for share in (train, validation, test))
    if abs(total - 1.0) > 1e-9:
        message = f"the shares of train, validation and test sum to {total:g}, not to 1"
        yield Mistake(
            code="MLC503", message=message, help="for example `train: 0.7, validation: 0.1, test: 0.2`"
        )


def fold_mistakes(validation: float, test: float) -> Iterator[Mistake]:
    """What is wrong with the shares of a split with folds: nothing to learn from, or nothing to judge by."""
    if not test:
        yield Mistake(code="MLC503", message="the `test` side would have no rows", path=("test",))
    if validation + test >= 1 - 1e-9:
        message = f"validation and test take {validation + test:g} of the rows, so that none trains"
        yield Mistake(
            code="MLC503", message=message, path=("test",), help="for example `validation: 10%, test: 20%`"
        )
