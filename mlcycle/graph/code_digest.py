"""The code behind a work function: its module, what that imports of ours, and the libraries it uses.

Two kinds of module are ours: those of this package, and the author's own under the project's root. Everything
else counts by distribution and version. Nothing is imported to find out.
"""

from __future__ import annotations

import ast
import hashlib
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from mlcycle.graph.imports import find, imported, meaning, used_of
from mlcycle.graph.libraries import library
from mlcycle.graph.remembered import Remembered

_STANDARD = frozenset(sys.stdlib_module_names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """modules: name -> digest of what the module means; libraries: distribution -> version.

    ports: the ports that the modules speak to, as the attribute names in `ports.<name>`.
    """

    modules: Mapping[str, str]
    libraries: Mapping[str, str]
    ports: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Module:
    digest: str
    imports: tuple[str, ...] = ()
    ports: frozenset[str] = frozenset()


@dataclass(slots=True)
class CodeReader:
    """Digests work functions below one root, finding each module and reading each file once.

    memory: what files with the same bytes were found to mean before, in this process or another one.
    """

    root: Path
    memory: Remembered | None = None
    _found: dict[str, Path | None] = field(default_factory=dict)
    _read: dict[Path, _Module] = field(default_factory=dict)

    def code(self, works: Iterable[str]) -> Code:
        """The code behind `package.module:function` names; one that is not there raises
        ModuleNotFoundError."""
        modules: dict[str, str] = {}
        libraries = {"python": f"{sys.version_info.major}.{sys.version_info.minor}"}
        waiting = sorted({work.partition(":")[0] for work in works}, reverse=True)
        for name in waiting:
            if self._file(name) is None:
                raise ModuleNotFoundError(f"there is no module `{name}`", name=name)
        seen: set[str] = set()
        ports: set[str] = set()
        while waiting:
            name = waiting.pop()
            if name in seen:
                continue
            seen.add(name)
            file = self._file(name)
            if file is not None and self._ours(file):
                module = self._module(name, file)
                modules[name] = module.digest
                ports |= module.ports
                waiting += [*module.imports, *_parents(name)]
            elif _top(name) not in _STANDARD and not self._is_ours(_top(name)):
                libraries.update([library(_top(name))])
        return Code(modules=modules, libraries=libraries, ports=frozenset(ports))

    def _file(self, module: str) -> Path | None:
        """The author's file first; a mere folder of that name below the root hides no installed module."""
        if module not in self._found:
            own = find(module, [str(self.root)])
            self._found[module] = own if own is not None and own.is_file() else find(module) or own
        return self._found[module]

    def _is_ours(self, top: str) -> bool:
        file = self._file(top)
        return file is not None and self._ours(file)

    def _ours(self, file: Path) -> bool:
        return file.is_relative_to(_PACKAGE) or (
            file.is_relative_to(self.root)
            and "site-packages" not in file.parts
            and file.resolve().is_relative_to(self.root.resolve())
        )

    def _module(self, name: str, file: Path) -> _Module:
        if file not in self._read:
            self._read[file] = self._parsed(name, file)
        return self._read[file]

    def _parsed(self, name: str, file: Path) -> _Module:
        """A folder without `__init__.py` counts by nothing, what is no Python by its bytes."""
        if file.is_dir():
            return _Module(digest="")
        source = file.read_bytes()
        if file.suffix != ".py":
            return _Module(digest=hashlib.sha256(source).hexdigest())
        if self.memory is None:
            return _parse(name, file, source)
        key = hashlib.sha256(b"\0".join((_reading(), str(file).encode(), name.encode(), source))).hexdigest()
        module = _recalled(self.memory.get(key))
        if module is None:
            module = _parse(name, file, source)
            self.memory.put(key, {**asdict(module), "ports": sorted(module.ports)})
        return module


_PACKAGE = Path(__file__).resolve().parent.parent


@cache
def _reading() -> bytes:
    """What a file's meaning depends on beside its bytes: the code that reads it, and Python's parser."""
    own = (Path(__file__), _PACKAGE / "graph" / "imports.py")
    return b"\0".join((sys.version.encode(), *(path.read_bytes() for path in own)))


def _recalled(entry: Mapping[str, Any] | None) -> _Module | None:
    if entry is None:
        return None
    try:
        return _Module(entry["digest"], tuple(entry["imports"]), frozenset(entry["ports"]))
    except (KeyError, TypeError):
        return None


def _parse(name: str, file: Path, source: bytes) -> _Module:
    """What cannot be parsed counts by its bytes: it fails with its own line where it is used."""
    try:
        tree = ast.parse(source, filename=str(file))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return _Module(digest=hashlib.sha256(source).hexdigest())
    imports = tuple(imported(tree, name, package=file.name == "__init__.py"))
    ports = frozenset(used_of(tree, "ports"))
    return _Module(digest=hashlib.sha256(meaning(tree).encode()).hexdigest(), imports=imports, ports=ports)


def _parents(module: str) -> list[str]:
    parts = module.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts))]


def _top(module: str) -> str:
    return module.partition(".")[0]
