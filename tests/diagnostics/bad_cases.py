"""The smallest specs that show one mistake each, and how to check one."""

from __future__ import annotations

from pathlib import Path

from mlcycle.diagnostics.diagnostic import Diagnostic, Refused
from mlcycle.diagnostics.render import as_text
from mlcycle.language.kinds import Kinds
from mlcycle.language.load import load_bytes
from mlcycle.language.workspace import FILE, parse_workspace

FOLDER = Path(__file__).resolve().parent.parent / "bad"
#: Every case is shown under this name, from which the project takes its own.
SHOWN_AS = "shop.yaml"
SPECS = sorted(FOLDER.glob("MLC*.yaml"))
WORKSPACES = sorted((FOLDER / "workspaces").glob("MLC*.yaml"))


def of_spec(path: Path, kinds: Kinds, state: Path) -> tuple[tuple[Diagnostic, ...], str]:
    """What checking finds in one spec, and how it is shown."""
    name = path.name if path.stem.startswith("MLC117") else SHOWN_AS
    loaded = load_bytes(path.read_bytes(), name, kinds)
    found = loaded.diagnostics
    if loaded.draft is not None:
        from mlcycle.checks.run import check
        from mlcycle.lowering.schemas import FileSchemas

        found = check(loaded, kinds, FileSchemas(FOLDER, state))[1]
    return found, as_text(found, {loaded.file: loaded.text})


def of_workspace(path: Path) -> tuple[tuple[Diagnostic, ...], str]:
    """What is found in one `mlcycle.yaml`, and how it is shown."""
    data = path.read_bytes()
    try:
        parse_workspace(data)
    except Refused as refused:
        return refused.diagnostics, as_text(refused.diagnostics, {FILE: data.decode()})
    return (), ""
