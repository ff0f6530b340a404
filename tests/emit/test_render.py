from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from jinja2 import TemplateSyntaxError, UndefinedError

from mlcycle.emit.render import environment, render, templates_folder, write_tree


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    name: str
    items: tuple[str, ...] = ()


def rendered(folder: Path, template: str, view: object) -> str:
    (folder / "t").write_text(template)
    return render("t", view, folder=folder)


def test_values_enter_through_typed_filters(tmp_path: Path) -> None:
    template = "name = {{ name|py }}\n{% for item in items %}\n- {{ item|json }}\n{% endfor %}\n"
    assert (
        rendered(tmp_path, template, View(name="a'b", items=("x", '"'))) == 'name = "a\'b"\n- "x"\n- "\\""\n'
    )


@pytest.mark.parametrize(
    "template",
    [
        "{{ name }}",
        "{{ name|upper }}",
        "{{ name|py|safe }}",
        "{{ name|py ~ name }}",
        "{% if name %}{{ name }}{% endif %}",
        "{% for item in items %}{{ item }}{% endfor %}",
        "{{ 'text' }}",
    ],
)
def test_a_value_without_a_typed_filter_is_refused(tmp_path: Path, template: str) -> None:
    with pytest.raises(TemplateSyntaxError, match="typed filter"):
        rendered(tmp_path, template, View(name="x"))


@pytest.mark.parametrize(
    "template",
    [
        "{% set x = 1 %}",
        "{% macro m() %}{% endmacro %}",
        "{% include 't' %}",
        "{% filter upper %}{% endfilter %}",
    ],
)
def test_statements_other_than_for_and_if_are_refused(tmp_path: Path, template: str) -> None:
    with pytest.raises(TemplateSyntaxError, match="only for and if"):
        rendered(tmp_path, template, View(name="x"))


def test_a_name_the_view_lacks_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UndefinedError):
        rendered(tmp_path, "{{ other|py }}", View(name="x"))


def test_a_view_is_a_dataclass(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        rendered(tmp_path, "x", {"name": "x"})


def test_every_template_loads() -> None:
    templates = environment(templates_folder())
    for name in templates.list_templates():
        templates.get_template(name)


def test_write_tree_rewrites_only_what_changed(tmp_path: Path) -> None:
    folder = tmp_path / "tree"
    assert write_tree(folder, {"a.txt": "1", "b/c.txt": b"2"}) == ("a.txt", "b/c.txt")
    before = (folder / "a.txt").stat().st_mtime_ns
    assert write_tree(folder, {"a.txt": "1", "b/c.txt": "3"}) == ("b/c.txt",)
    assert (folder / "a.txt").stat().st_mtime_ns == before
    assert (folder / "b/c.txt").read_text() == "3"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["tree"]


@pytest.mark.parametrize("name", ["/etc/x", "../x", "a/../../x", ""])
def test_write_tree_stays_inside(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError):
        write_tree(tmp_path, {name: "x"})
