"""Projects that an attacker has sent changes to, each beside a folder that nothing may touch."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

SPEC = """\
mlcycle: 1
sources:
  flights:
    kind: csv
    path: flights.csv
    timestamp: scheduled_departure
    columns: {flight_id: {unique: true}, arrival_delay: {nullable: true, available_after: 1d}}
feature_views:
  schedule: {source: flights, columns: [carrier, distance]}
models:
  delay: {task: regression, label: flights.arrival_delay, features: [schedule]}
services:
  delay_api: {model: delay}
"""
ROWS = """\
flight_id,scheduled_departure,carrier,distance,arrival_delay
a,2013-01-01T10:15:00Z,UA,1400,11
b,2013-01-01T10:29:00Z,AA,1416,
"""
CANARY = "CANARY VALUE 4711"


@dataclass(frozen=True)
class Target:
    """A project at `root`; `outside` holds what an attacker is after."""

    root: Path
    outside: Path

    def write(self, name: str, text: str) -> None:
        """A file of the attacker's in the project."""
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).write_text(text, encoding="utf-8")

    def link(self, inside: str, outside: str = "") -> None:
        """Put a link into the project, over what is there."""
        place = self.root / inside
        place.parent.mkdir(parents=True, exist_ok=True)
        place.unlink(missing_ok=True)
        place.symlink_to(self.outside / outside)

    def untouched(self) -> bool:
        """Whether everything outside is as it was made."""
        found = {p.name: p.read_text() for p in self.outside.rglob("*") if p.is_file()}
        return found == _OUTSIDE


_OUTSIDE = {
    "secret.csv": f"{CANARY},b\n1,2\n",
    "secret.yaml": f"{CANARY}: 1\n",
    "secret.py": "def fit(job, config): ...\n",
}


def target(folder: Path) -> Target:
    """A small project that checks without a mistake."""
    made = Target(root=folder / "project", outside=folder / "outside")
    made.write("mlcycle.yaml", "mlcycle: 1\nspecs: [specs/*.yaml]\n")
    made.write("specs/shop.yaml", SPEC)
    made.write("flights.csv", ROWS)
    made.outside.mkdir()
    for name, text in _OUTSIDE.items():
        (made.outside / name).write_text(text)
    return made


@dataclass(frozen=True)
class Done:
    """What one command did: its exit status, its output, and what the audit hook saw that is forbidden."""

    status: int
    output: str
    forbidden: tuple[str, ...]


def watched(targets: Iterable[Target], commands: Iterable[str]) -> list[dict[str, Done]]:
    """Run the commands in each project, all in one process under an audit hook."""
    work = [(str(each.root), str(each.outside)) for each in targets]
    asked = json.dumps([work, list(commands)])
    ran = subprocess.run(
        [sys.executable, "-P", "-c", _PROGRAM, asked],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout.splitlines()[-1])
    return [{name: Done(d[0], d[1], tuple(d[2])) for name, d in each.items()} for each in found]


#: Opening, listing, making, moving or removing something outside is told, and so is any host or process.
_PROGRAM = """
import contextlib, io, json, os, sys
(work, commands), seen, outside = json.loads(sys.argv[1]), [], ["/nowhere"]
places = {"open", "os.listdir", "os.scandir", "os.mkdir", "os.truncate", "os.chmod", "os.rmdir",
          "shutil.rmtree", "sqlite3.connect"}
links = {"os.rename", "os.remove", "os.symlink", "os.link"}  # these do not follow the last part
never = ("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork", "pty.", "urllib.")
def leads_out(event, argument):
    path = os.fsdecode(argument)
    path = os.path.dirname(path) if event in links else path
    return os.path.realpath(path).startswith(outside[0])
def watch(event, arguments):
    if event.startswith(never):
        seen.append(f"{event} {arguments}")
    elif event in places | links and any(
        leads_out(event, a) for a in arguments if isinstance(a, (str, bytes))
    ):
        seen.append(f"{event} {arguments}")
from mlcycle.cli.main import status_of
sys.addaudithook(watch)
results = []
for root, outside[0] in work:
    os.chdir(root)
    done = {}
    for command in commands:
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            status = int(status_of(command.split()))
        done[command] = (status, said.getvalue(), list(seen))
        seen.clear()
    results.append(done)
print(json.dumps(results))
"""
