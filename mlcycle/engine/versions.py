"""The version of what a source reads: a digest of files, what the source itself tells, a pinned snapshot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

from mlcycle.diagnostics.diagnostic import Diagnostic, Refused
from mlcycle.engine.session import Session
from mlcycle.engine.work import told
from mlcycle.graph.canonical import digest
from mlcycle.graph.node import Node
from mlcycle.kinds.sources.patterns import matches
from mlcycle.language.secrets import fill, hide
from mlcycle.store.result import Result
from mlcycle.task import WorkError


def files(session: Session, node: Node, pattern: str) -> str:
    """A digest of what the files of a pattern are called and hold; Refused (MLC811) where there are none."""
    root = session.settings.root.resolve()
    try:
        found = {
            path.relative_to(root).as_posix(): session.files.sha256(_inside(root, path))
            for path in matches(root, pattern)
        }
    except (OSError, ValueError) as error:
        raise _refused(node, "MLC811", f"the files of `{pattern}` cannot be read: {error}", None) from None
    if not found:
        help_line = "paths are relative to the folder of mlcycle.yaml; `**` stands for any folders"
        raise _refused(node, "MLC811", f"there is no file like `{pattern}`", help_line)
    return digest(found)


def _inside(root: Path, path: Path) -> Path:
    if not path.resolve().is_relative_to(root):
        raise ValueError(f"`{path.name}` leads out of the project through a link")
    return path


def version(session: Session, node: Node, within: tuple[str, str] | None = None) -> str:
    """What the source says of the version of its data. Nothing of the author's runs to find out.

    within: start and end of the partition that is asked about, for a source that can tell them apart.
    """
    read, settings = node.steps[0], session.settings
    ask: Callable[..., str] = resolve_name(node.config["version"])
    config = fill(read.config, settings.environ, read.span)
    if within is not None:
        config = {**config, "within": list(within)}
    try:
        return ask(config, settings.root)
    except WorkError as error:
        raise Refused((told(node, hidden(error, read.config, settings.environ)),)) from None


def hidden(error: WorkError, config: Any, environ: Any) -> WorkError:
    """The error without the secrets that the source was asked with."""
    message = hide(error.message, config, environ)
    help_line = hide(error.help, config, environ) if error.help is not None else None
    return WorkError(error.code, message, step=error.step, help=help_line)


def pinned(session: Session, node: Node, pin: str) -> Result:
    """The recorded snapshot whose version begins with `pin`. Raises Refused (MLC840, MLC841, MLC842)."""
    found = session.results.beginning_with(node.name, pin)
    versions = tuple(dict.fromkeys(result.data_version for result in found))
    if not versions:
        place = session.settings.environment
        message = f"there is no snapshot `{pin}` of `{node.name}` in the environment `{place}`"
        help_line = "`mlcycle data history` lists the snapshots there are"
        raise _refused(node, "MLC840", message, help_line)
    if len(versions) > 1:
        message = f"`{pin}` begins the versions of {len(versions)} snapshots"
        raise _refused(node, "MLC840", message, "write more digits of the one that is meant")
    return _usable(session, node, found)


def _usable(session: Session, node: Node, found: tuple[Result, ...]) -> Result:
    """The first of the results with the content whose files are there, made by the steps of now."""
    there = [result for result in found if session.artifacts.missing(result) is None]
    if not there:
        message = f"the files of snapshot `{found[0].data_version[:12]}` are gone"
        raise _refused(node, "MLC841", message, "pin another one, or restore its folder from a backup")
    wanted = _making([{"name": s.name, "config": s.config, "work": s.work} for s in node.steps])
    same = [result for result in there if _making(result.parts.steps) == wanted]
    if not same:
        message = f"snapshot `{found[0].data_version[:12]}` was cleaned or derived by other steps than these"
        raise _refused(node, "MLC842", message, "put the steps back as they were, or pin another snapshot")
    return same[0]


def _making(steps: Any) -> list[str]:
    """What shapes a table after it was read; reading and checking do not count."""
    shaping = (s for s in steps if s["name"] == "derive" or s["name"].startswith("clean."))
    return [digest([s["name"], s["work"], dict(s["config"])]) for s in shaping]


def _refused(node: Node, code: str, message: str, help_line: str | None) -> Refused:
    return Refused((Diagnostic(code=code, message=message, span=node.span, help=help_line),))
