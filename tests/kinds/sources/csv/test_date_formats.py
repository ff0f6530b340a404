"""Columns of dates and times that are not written in ISO 8601."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from mlcycle.kinds.sources.csv.spec import Spec
from mlcycle.kinds.sources.csv.work import read
from mlcycle.task import WorkError

TEXT = "id,born,seen\n1,31.01.1980,1/2/13 04:30\n2,,12/31/13 23:59\n"
FORMATS = {"born": "%d.%m.%Y", "seen": "%m/%d/%y %H:%M"}


def _config(root: Path, text: str = TEXT, **formats: str) -> dict[str, Any]:
    (root / "a.csv").write_text(text)
    spec = Spec(kind="csv", path="a.csv", date_formats={**FORMATS, **formats})
    dtypes = spec.columns_in(root, spec.looked_at(root))
    return {**spec.config(), "columns": [{"name": n, "dtype": d} for n, d in dtypes.items()]}


def test_a_format_tells_the_type_and_how_values_are_read(tmp_path: Path) -> None:
    frame = read(_config(tmp_path), tmp_path)
    assert frame["born"].to_list() == [date(1980, 1, 31), None]
    assert frame["seen"].to_list() == [
        datetime(2013, 1, 2, 4, 30, tzinfo=UTC),
        datetime(2013, 12, 31, 23, 59, tzinfo=UTC),
    ]


def test_a_value_of_another_form_is_named_with_its_row(tmp_path: Path) -> None:
    with pytest.raises(WorkError) as caught:
        read(_config(tmp_path, TEXT.replace("31.01.1980", "1980-01-31")), tmp_path)
    assert caught.value.code == "MLC813"
    assert "'1980-01-31' in row 2" in caught.value.message
    assert "written as '%d.%m.%Y'" in caught.value.message


def test_a_format_of_a_column_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(WorkError) as caught:
        read(_config(tmp_path, died="%d.%m.%Y"), tmp_path)
    assert (caught.value.code, caught.value.message) == ("MLC812", "there is no column `died`")
