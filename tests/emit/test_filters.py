from __future__ import annotations

import ast
import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mlcycle.emit import filters

pytestmark = pytest.mark.slow

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(PLAIN)
def test_py_reads_back_as_the_value(value: object) -> None:
    assert ast.literal_eval(filters.py(value)) == value


@given(PLAIN, st.integers(0, 12))
def test_literal_reads_back_as_the_value(value: object, indent: int) -> None:
    assert ast.literal_eval(filters.literal(value, indent, indent)) == value


def test_a_literal_is_laid_out_as_ruff_does_it(tmp_path: Path) -> None:
    """Around the width at which a line is broken, in each kind of collection."""
    made = []
    for length in range(60, 90):
        words = ["w" * (length // 3)] * 3
        for value in (words, tuple(words), dict.fromkeys(range(3), words), {"key": {"list": [words]}}, []):
            made.append(f"f(\n    value={filters.literal(value, 4, 10)},\n)\n")
    file = tmp_path / "literals.py"
    file.write_text("".join(made))
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--diff", str(file)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@given(st.text())
def test_py_text_stays_on_one_line(value: str) -> None:
    assert len(filters.py(value).splitlines()) == 1


def test_py_text_is_what_ruff_leaves_alone(tmp_path: Path) -> None:
    texts = ["plain", "it's", 'a "quote"', "both ' and \"", "'' and \"", "back\\slash", "tab\t", "\u202e"]
    source = "".join(f"x = {filters.py(text)}\n" for text in texts)
    file = tmp_path / "literals.py"
    file.write_text(source)
    ruff = Path(sys.executable).with_name("ruff")
    subprocess.run([ruff, "format", "--isolated", "--check", file], check=True, capture_output=True)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_py_refuses_numbers_without_a_literal(value: float) -> None:
    with pytest.raises(ValueError, match="no Python literal"):
        filters.py(value)


def test_py_refuses_objects() -> None:
    with pytest.raises(TypeError):
        filters.py(Path("x"))


@given(PLAIN)
def test_json_reads_back_as_the_value(value: object) -> None:
    assert json.loads(filters.json(value)) == value


@given(st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.text() | st.integers()))
def test_yaml_reads_back_as_the_value(value: object) -> None:
    assert yaml.safe_load(f"key: {filters.yaml(value)}") == {"key": value}


@given(st.text(alphabet=st.characters(exclude_characters="\x00")))
def test_shell_is_one_word(value: str) -> None:
    assert shlex.split(filters.shell(value)) == [value]


@pytest.mark.parametrize("value", ["a b", "1a", "a;b", "", "import os\n", "é"])
def test_identifier_refuses_what_is_not_a_name(value: str) -> None:
    with pytest.raises(ValueError, match="identifier"):
        filters.identifier(value)


@given(st.text())
def test_md_and_code_stay_on_one_line(value: str) -> None:
    assert len(filters.md(value).splitlines()) <= 1
    assert len(filters.code(value).splitlines()) == 1


@pytest.mark.parametrize(
    "value",
    [
        "<script>",
        "[x](http://y)",
        "# title",
        "- item",
        "1. item",
        "a|b",
        "**b**",
        "`c`",
        "![i](u)",
        "    code",
    ],
)
def test_md_renders_as_the_words_themselves(value: str) -> None:
    markdown = pytest.importorskip("markdown_it").MarkdownIt("commonmark")
    tokens = markdown.parse(filters.md(value))
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    assert "".join(child.content for child in tokens[1].children) == value.strip()


def test_html_is_escaped() -> None:
    assert filters.html("<a href='x'>\"&") == "&lt;a href=&#39;x&#39;&gt;&#34;&amp;"
