"""Every code: what it means, why it is a mistake, an example, and what to write instead.

The texts are data (`catalog/0xx.toml` ...), read when asked for. A code is never used for another thing.
Ranges: 0xx text, 1xx shape, 2xx references, 3xx columns and types, 4xx leakage, 5xx gates and fairness,
6xx rollouts and serving, 7xx monitoring and triggers, 8xx environment, tools and data, 9xx plug-ins.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_CATALOG = Path(__file__).parent / "catalog"


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """One code and its explanation, in Markdown.

    running: whether it is found only when something runs, not by checking a spec.
    """

    code: str
    title: str
    what: str
    why: str
    example: str = ""
    instead: str = ""
    running: bool = False

    @property
    def text(self) -> str:
        """The explanation without its title: what it is, why it is wrong, an example, what to use instead."""
        parts = [("What it means", self.what), ("Why it is a mistake", self.why)]
        parts += [("Example", _block(self.example)), ("Use instead", _block(self.instead))]
        return "\n\n".join(f"## {title}\n\n{body}" for title, body in parts if body) + "\n"


def find(code: str) -> Code | None:
    """The entry of a code, or None for one that does not exist."""
    return next((entry for entry in _read(code[3:4]) if entry.code == code), None)


def all_codes() -> tuple[Code, ...]:
    """Every code, in order."""
    return tuple(entry for path in sorted(_CATALOG.glob("?xx.toml")) for entry in _read(path.name[0]))


def _read(digit: str) -> Iterator[Code]:
    import tomllib

    path = _CATALOG / f"{digit}xx.toml"
    if not digit.isdigit() or not path.is_file():
        return
    for code, given in sorted(tomllib.loads(path.read_text(encoding="utf-8")).items()):
        yield Code(code=code, **given)


def _block(text: str) -> str:
    """An example as a YAML block; prose, which quotes its code or ends with a full stop, as it is."""
    if not text or "`" in text or text.rstrip().endswith("."):
        return text.strip()
    return f"```yaml\n{text.strip()}\n```"
