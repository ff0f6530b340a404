"""What a run shows while it goes: a moving line on a terminal, one plain line a node elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mlcycle.cli.console import colorful, duration, note
from mlcycle.cli.labels import short

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from mlcycle.engine.events import Event
    from mlcycle.engine.report import Ran

_STYLES = {"built": "green", "reused": "dim", "failed": "bold red", "blocked": "yellow", "skipped": "dim"}


def line(ran: Ran, position: int, total: int) -> str:
    """A node's closing line: its place, what became of it, its name, its time and its key figure."""
    time = "" if ran.status in ("reused", "blocked", "skipped") else duration(ran.seconds)
    place = f"{position:>{len(str(total))}}/{total}"
    figure = ran.result.key_figure if ran.result is not None and ran.status in ("built", "reused") else ""
    return f"{place}  {ran.status:<7}  {short(ran.node.name):<36} {time:>10}  {figure}".rstrip()


@contextmanager
def progress_view() -> Iterator[Callable[[Event], None]]:
    """What to give to a run as its `progress`."""
    if not colorful():
        yield _Lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(file=sys.stderr), transient=True) as progress:
        yield _Live(progress)


class _Lines:
    """One line when a node ends."""

    def __init__(self) -> None:
        self._total = 0
        self._done = 0

    def __call__(self, event: Event) -> None:
        from mlcycle.engine.events import Begun, Finished

        if isinstance(event, Begun):
            self._total = len(event.todo)
        elif isinstance(event, Finished):
            self._done += 1
            note(line(event.ran, self._done, self._total))


class _Live:
    """The same lines, and below them the nodes that are being built, with their own progress."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._total = 0
        self._done = 0
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, event: Event) -> None:
        from mlcycle.engine.events import Begun, Finished, Started

        if isinstance(event, Begun):
            self._total = len(event.todo)
        elif isinstance(event, Started):
            self._tasks[event.node.name] = self._progress.add_task(short(event.node.name), total=None)
        elif isinstance(event, Finished):
            self._finish(event.ran)
        elif (task := self._tasks.get(event.node.name)) is not None:
            self._progress.update(
                task,
                description=f"{short(event.node.name)}: {event.message}",
                total=1.0 if event.share is not None else None,
                completed=event.share or 0.0,
            )

    def _finish(self, ran: Ran) -> None:
        from rich.text import Text

        self._done += 1
        task = self._tasks.pop(ran.node.name, None)
        if task is not None:
            self._progress.remove_task(task)
        shown = Text(line(ran, self._done, self._total), style=_STYLES[ran.status])
        self._progress.console.print(shown, soft_wrap=True)
