"""Hostile files, each refused in less than a second and with little memory."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from mlcycle.diagnostics.diagnostic import Refused
from mlcycle.language.reader import MAX_MISTAKES
from tests.support.documents import plain

_MIB = 1024 * 1024
BOMBS = {
    "brackets": ("MLC013", b"[" * 30_000),
    "braces": ("MLC013", b"{a: " * 30_000),
    "block lists": ("MLC013", b"- " * 300_000),
    "explicit keys": ("MLC015", b"? " * 300_000),
    "indentation": ("MLC013", b"".join(b" " * depth + b"a:\n" for depth in range(1_000))),
    "laughs": ("MLC008", b"a: &a [x]\n" + b"".join(b"b%d: &b%d [*a, *a]\n" % (i, i) for i in range(50))),
    "aliases": ("MLC009", b"a: [" + b"*b, " * 250_000 + b"]"),
    "values": ("MLC014", b"[" + b"1," * 500_000 + b"]"),
    "keys": ("MLC007", b"a: 1\n" * 200_000),
    "size": ("MLC003", b"a: " + b"x" * _MIB),
    "digits": ("MLC016", b"a: " + b"9" * (_MIB - 10)),
    "exponent": ("MLC016", b"a: 1e" + b"9" * (_MIB - 10)),
    "open quote": ("MLC005", b'a: "' + b"\\" * (_MIB - 100)),
    "documents": ("MLC012", b"a: 1\n---\n" * 100_000),
    "anchors": ("MLC008", b"".join(b"- &a%d x\n" % i for i in range(80_000))),
}  # fmt: skip


@pytest.mark.parametrize(("code", "data"), BOMBS.values(), ids=BOMBS)
def test_refused_in_less_than_a_second(code: str, data: bytes) -> None:
    assert any(_seconds(code, data) < 1 for _ in range(3))  # more than once, as other work may slow one down


def _seconds(code: str, data: bytes) -> float:
    began = time.process_time()
    with pytest.raises(Refused) as caught:
        plain(data, "bomb.yaml")
    assert caught.value.diagnostics[0].code == code
    assert len(caught.value.diagnostics) <= MAX_MISTAKES
    return time.process_time() - began


@pytest.mark.slow
def test_all_in_one_process_of_512_mib(tmp_path: Path) -> None:
    for number, (_, data) in enumerate(BOMBS.values()):
        (tmp_path / f"{number}.yaml").write_bytes(data)
    ran = subprocess.run(
        [sys.executable, "-c", _LIMITED, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert ran.stderr == ""
    assert ran.stdout.split() == [str(len(BOMBS))]


_LIMITED = """
import resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_AS, (512 * 1024 * 1024,) * 2)
from mlcycle.diagnostics.diagnostic import Refused
from mlcycle.language.reader import read
refused = 0
for path in Path(sys.argv[1]).iterdir():
    try:
        refused += bool(read(path.read_bytes(), path.name).mistakes)
    except Refused:
        refused += 1
print(refused)
"""
