"""A process that ends when its owner does, however the owner ends.

The owner makes a FIFO and holds it open for writing; every process of the service that imports it waits for
the last writer to go. The kernel closes the owner's end even if it is killed, so no worker keeps the port.
"""

from __future__ import annotations

import os
import select
import threading

#: Names the FIFO.
OWNER = "MLCYCLE_OWNER"

_ORPHANED = 3


def tie(fifo: str | None) -> None:
    """End this process when nobody holds `fifo` open for writing; None ties it to nobody."""
    if fifo is not None:
        threading.Thread(target=_wait, args=(fifo,), name="mlcycle-watchdog", daemon=True).start()


def _wait(fifo: str) -> None:
    try:
        reading = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    except FileNotFoundError:
        os._exit(_ORPHANED)
    poll = select.poll()
    poll.register(reading, select.POLLIN)
    while _owned(reading):
        poll.poll()
    os._exit(_ORPHANED)


def _owned(reading: int) -> bool:
    try:
        return os.read(reading, 1) != b""
    except BlockingIOError:
        return True
