"""The request of `mlcycle predict`, in each way it may be given."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from mlcycle.cli.commands.predict import request_of
from mlcycle.diagnostics.diagnostic import Refused

_ROW = '{"carrier": "UA"}'


@pytest.mark.parametrize(
    "text",
    [_ROW, f"[{_ROW}]", f'{{"rows": [{_ROW}]}}', f"  {_ROW}\n"],
    ids=["row", "list", "request", "spaces"],
)
def test_a_row_a_list_and_a_whole_request_are_the_same(text: str) -> None:
    assert request_of(text) == {"rows": [{"carrier": "UA"}]}


def test_a_file_and_standard_input_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "request.json").write_text(_ROW)
    monkeypatch.setattr("sys.stdin", io.StringIO(_ROW))
    assert request_of(str(tmp_path / "request.json")) == request_of("-") == {"rows": [{"carrier": "UA"}]}


@pytest.mark.parametrize("text", ["nowhere.json", '{"a": }', "{'a': 1}"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(Refused) as refused:
        request_of(text)
    assert [found.code for found in refused.value.diagnostics] == ["MLC804"]


def test_a_mistake_in_a_file_has_its_place(tmp_path: Path) -> None:
    path = tmp_path / "request.json"
    path.write_text('{\n  "carrier": UA\n}')
    with pytest.raises(Refused) as refused:
        request_of(str(path))
    assert refused.value.diagnostics[0].span.line == 2
