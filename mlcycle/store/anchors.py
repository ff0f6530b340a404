"""The head of the audit trail, noted outside of the database: a file that is only ever appended to."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from mlcycle.store.audit import Entry, Head


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchors:
    """One line a head, `<seq> <hash>`. A line that a power cut left half is passed over."""

    file: Path

    def read(self) -> tuple[Head, ...]:
        """The heads that were noted, as they came."""
        try:
            lines = self.file.read_text(encoding="ascii", errors="replace").splitlines()
        except FileNotFoundError:
            return ()
        return tuple(head for line in lines if (head := parse(line)) is not None)

    def add(self, head: Head) -> bool:
        """Note a head that is further than the last one noted; returns whether it was."""
        if head.seq <= max((known.seq for known in self.read()), default=0):
            return False
        self.file.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            size = os.fstat(descriptor).st_size
            torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
            os.write(descriptor, ("\n" if torn else "").encode() + f"{written(head)}\n".encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        return True


def written(head: Head) -> str:
    """The head as a line, or as a tag."""
    return f"{head.seq} {head.hash}"


def parse(text: str) -> Head | None:
    """The head in a line; None for what is none."""
    seq, _, hash = text.strip().partition(" ")
    return Head(seq=int(seq), hash=hash) if seq.isdecimal() and len(hash) == 64 else None


def unanchored(entries: Iterable[Entry], anchors: Iterable[Head], where: str) -> Iterator[str]:
    """What was noted in `where` and is no longer in the chain: a tail that was cut, or written anew."""
    hashes = {entry.seq: entry.hash for entry in entries}
    for anchor in sorted(set(anchors), key=lambda head: (head.seq, head.hash)):
        found = hashes.get(anchor.seq)
        if anchor.seq and found is None:
            yield f"entry {anchor.seq} is gone: {where} has its hash"
        elif anchor.seq and found != anchor.hash:
            yield f"entry {anchor.seq} is another than the one that {where} has the hash of"
