"""How long `mlcycle check` takes: its start, with and without SQL, and a hundred specs at once.

    python benchmarks/check.py

Prints seconds of CPU and of wall clock (the least of several runs) and ratios to importing the two libraries
that any checker of YAML specs needs. Compare ratios: seconds depend on the machine.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from timing import MLCYCLE, seconds, show

REPOSITORY = Path(__file__).resolve().parent.parent
_PLAIN = """mlcycle: 1
sources:
  planes: {kind: csv, path: data/planes.csv, columns: {tail_number: {unique: true}}}
entities: {aircraft: tail_number}
feature_views:
  facts: {source: planes, entity: aircraft, columns: [seats, engines]}
"""
#: What is run, how often, and the seconds of CPU that it may take.
_CASES = (
    ("check, no SQL", ["plain/planes.yaml"], 7, "0.5 s"),
    ("check, the example (with SQL)", ["specs/flights_0.yaml"], 7, "0.9 s"),
    ("check, 100 examples", [], 2, "3 s"),
)


def project(folder: Path, specs: int) -> Path:
    """The example project with `specs` copies of its spec, each of another name, and one without SQL."""
    (folder / "specs").mkdir(parents=True)
    (folder / "plain").mkdir()
    (folder / "data").mkdir()
    for path in (REPOSITORY / "data").iterdir():
        (folder / "data" / path.name).hardlink_to(path)
    (folder / "mlcycle.yaml").write_text("mlcycle: 1\nspecs: [specs/*.yaml]\n")
    (folder / "plain" / "planes.yaml").write_text(_PLAIN)
    text = (REPOSITORY / "specs" / "flight_delays.yaml").read_text()
    for number in range(specs):
        (folder / "specs" / f"flights_{number}.yaml").write_text(text)
    return folder


def main() -> None:
    with tempfile.TemporaryDirectory(dir=REPOSITORY) as scratch:
        folder = project(Path(scratch) / "project", 100)
        rows = [
            (
                "import pydantic, yaml",
                *seconds([sys.executable, "-c", "import pydantic, yaml"], folder, 7),
                "",
            )
        ]
        for name, arguments, repeats, limit in _CASES:
            rows.append((name, *seconds([*MLCYCLE, "check", *arguments], folder, repeats), limit))
    show(rows)


if __name__ == "__main__":
    main()
