"""Text from templates: `for`, `if` and values through typed filters, and nothing else."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from types import CodeType
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateSyntaxError, nodes

from mlcycle.emit.filters import FILTERS

_STATEMENTS = (nodes.Output, nodes.For, nodes.If)


class _Checked(Environment):
    """An environment that refuses, at load, a template that could write a value as raw text."""

    def compile(  # type: ignore[override]
        self, source: Any, name: str | None = None, filename: str | None = None, *args: Any, **kwargs: Any
    ) -> CodeType | str:
        if isinstance(source, str):
            source = self.parse(source, name, filename)
            _refuse_raw(source, name, filename)
        code: CodeType | str = super().compile(source, name, filename, *args, **kwargs)
        return code


def _refuse_raw(template: nodes.Template, name: str | None, filename: str | None) -> None:
    """Refuse statements other than `for` and `if`, and outputs whose last filter is not a typed one."""
    for statement in template.find_all(nodes.Stmt):
        if not isinstance(statement, _STATEMENTS):
            kind = type(statement).__name__.lower()
            raise TemplateSyntaxError(
                f"`{kind}` is not used in templates: only for and if", statement.lineno, name, filename
            )
    for output in template.find_all(nodes.Output):
        for part in output.nodes:
            typed = isinstance(part, nodes.Filter) and part.name in FILTERS
            if not typed and not isinstance(part, nodes.TemplateData):
                known = ", ".join(FILTERS)
                raise TemplateSyntaxError(
                    f"a value needs a typed filter last ({known})", part.lineno, name, filename
                )


def templates_folder() -> Path:
    """Where templates are: inside the installed package, or in the repository of an editable install."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "templates"
    return installed if installed.is_dir() else package.parent / "templates"


def environment(folder: Path) -> Environment:
    """An environment over `folder` whose templates are checked as they load."""
    checked = _Checked(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        optimized=False,
    )
    checked.filters.update({name: _defined(function) for name, function in FILTERS.items()})
    return checked


def _defined(function: Callable[..., str]) -> Callable[..., str]:
    def strict(value: Any, *args: Any, **kwargs: Any) -> str:
        if isinstance(value, StrictUndefined):
            str(value)  # raises, and names what is missing
        return function(value, *args, **kwargs)

    return strict


@cache
def _default() -> Environment:
    return environment(templates_folder())


def render(template: str, view: object, *, folder: Path | None = None) -> str:
    """The text of `template` (a path below `templates/`) with the fields of `view`, a frozen dataclass.

    Raises jinja2.UndefinedError for a name that the view lacks, TemplateSyntaxError for a raw value.
    """
    if not is_dataclass(view) or isinstance(view, type):
        raise TypeError("a template takes one dataclass")
    source = _default() if folder is None else environment(folder)
    values = {field.name: getattr(view, field.name) for field in fields(view)}
    return source.get_template(template).render(values)


def write_tree(folder: Path, files: Mapping[str, str | bytes]) -> tuple[str, ...]:
    """Write `files` (relative path -> content) below `folder`; returns those whose content changed.

    Everything is written to a temporary folder beside it first and then moved file by file, so that no file
    is ever seen half written. Files that `files` does not name are left alone. Raises ValueError for a file
    that a link would take out of the folder.
    """
    contents = {_inside(name): _bytes(content) for name, content in files.items()}
    home = folder.resolve()
    for name in contents:
        if not (home / name).parent.resolve().is_relative_to(home):
            raise ValueError(f"{name!r} leaves the folder through a link")
    changed = [name for name, content in contents.items() if not _same(folder / name, content)]
    if not changed:
        return ()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".write-") as scratch:
        for name in changed:
            draft = Path(scratch) / name
            draft.parent.mkdir(parents=True, exist_ok=True)
            draft.write_bytes(contents[name])
        for name in changed:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (Path(scratch) / name).replace(folder / name)
    return tuple(changed)


def _inside(name: str) -> str:
    path = Path(name)
    if path.is_absolute() or ".." in path.parts or not path.parts or "\x00" in name:
        raise ValueError(f"{name!r} leaves the folder")
    return path.as_posix()


def _bytes(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content


def _same(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content
