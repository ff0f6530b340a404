"""A simulation as it goes, and how it ended, in words."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from mlcycle.cli.console import colorful, count, note, table

if TYPE_CHECKING:
    from mlcycle.simulation.play import Moment
    from mlcycle.simulation.simulate import Simulation


def followed(moments: Iterator[Moment], start: datetime, end: datetime) -> tuple[Moment, ...]:
    """Every moment, told as it comes: a bar on a terminal, and a line for each thing that happens."""
    found = []
    for moment in _with_bar(moments, start, end):
        found.append(moment)
        for event in moment.events:
            note(f"  {moment.now:%Y-%m-%d}  {event}")
    return tuple(found)


def _with_bar(moments: Iterator[Moment], start: datetime, end: datetime) -> Iterator[Moment]:
    if not colorful():
        yield from moments
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(bar_width=30), TimeElapsedColumn())
    with Progress(*columns, console=Console(file=sys.stderr), transient=True) as progress:
        task = progress.add_task(f"{start:%Y-%m-%d}", total=(end - start).total_seconds())
        for moment in moments:
            done = (moment.now - start).total_seconds()
            progress.update(task, completed=done, description=f"{moment.now:%Y-%m-%d}")
            yield moment


def concluded(simulation: Simulation, moments: Sequence[Moment]) -> str:
    """What was asked, what happened, what stands, and where to look."""
    wanted = simulation.wanted
    refused: Counter[str] = sum((moment.answers.refused for moment in moments), Counter())
    answered = sum(moment.answers.answered for moment in moments)
    told = sum(moment.told for moment in moments)
    lines = [
        f"\n{wanted.service} from {wanted.start:%Y-%m-%d} to {wanted.end:%Y-%m-%d}",
        table(
            (
                ("requests", f"{answered:,} answered, {refused.total():,} refused"),
                *((("labels", f"{told:,} told to the service"),) if told else ()),
                *_standing(simulation),
            )
        ),
        *(f"  refused {number:,} times: {words}" for words, number in refused.most_common(3)),
    ]
    events = [(f"{moment.now:%Y-%m-%d}", event) for moment in moments for event in moment.events]
    if events:
        lines += ["", count(len(events), "thing") + " happened by itself", table(events)]
    lines += ["", "next", *_next(simulation)]
    return "\n".join(lines)


def _standing(simulation: Simulation) -> Iterable[tuple[str, str]]:
    from mlcycle.rollout.words import in_short

    yield "service", in_short(simulation.state())
    for name, result in simulation.monitors():
        yield f"monitor {name}", result.key_figure


def _next(simulation: Simulation) -> Iterator[str]:
    folder = os.path.relpath(simulation.world.root, Path.cwd())
    yield "  the project as it stood at the end; every command works there:"
    yield f"    cd {folder}"
    for name, result in simulation.monitors():
        page = simulation.page(result)
        if page is not None:
            yield f"  what the monitor {name} saw, as a page:"
            yield f"    {os.path.relpath(page, Path.cwd())}"
