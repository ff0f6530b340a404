"""The reference pages of all codes.

    python -m mlcycle.diagnostics.pages docs/errors

writes those that are not current and prints their names.
"""

from __future__ import annotations

import sys
from pathlib import Path

from mlcycle.diagnostics.codes import Code, all_codes

_RANGES = {
    "0": "Text",
    "1": "Shape",
    "2": "References",
    "3": "Columns and types",
    "4": "Leakage",
    "5": "Gates and fairness",
    "6": "Rollouts and serving",
    "7": "Monitoring and triggers",
    "8": "Environment, tools and data",
    "9": "Plug-ins",
}


def pages() -> dict[str, str]:
    """File name -> content, of every page and the index."""
    codes = all_codes()
    return {
        "README.md": _index(codes),
        **{f"{one.code}.md": f"# {one.code}: {one.title}\n\n{one.text}" for one in codes},
    }


def write(folder: Path) -> list[str]:
    """Write the pages that differ and remove those of codes that are gone; returns the names of both."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = pages()
    changed = [path.name for path in folder.glob("*.md") if path.name not in wanted]
    for name in changed:
        (folder / name).unlink()
    for name, text in wanted.items():
        path = folder / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            changed.append(name)
    return changed


def _index(codes: tuple[Code, ...]) -> str:
    parts = ["# Error codes\n\n`mlcycle explain MLC103` prints a page of these.\n"]
    for digit, title in _RANGES.items():
        rows = [f"| [{one.code}]({one.code}.md) | {one.title} |" for one in codes if one.code[3] == digit]
        if rows:
            parts.append(f"## {digit}xx: {title}\n\n| code | |\n|---|---|\n" + "\n".join(rows) + "\n")
    return "\n".join(parts)


if __name__ == "__main__":
    for name in write(Path(sys.argv[1])):
        print(name)
