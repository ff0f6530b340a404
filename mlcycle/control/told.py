"""What a service takes for now."""

from __future__ import annotations

from mlcycle.store.results import Results


def service_now(results: Results, project: str, setting: str) -> str | None:
    """The time (ISO 8601) that a service's lookups are counted to; None for the clock.

    setting: the environment's: `clock`, `newest_row` of the project's sources, or a fixed time.
    """
    if setting == "clock":
        return None
    if setting != "newest_row":
        return setting
    prefix = f"{project}/sources/"
    newest = results.all_newest(project).items()
    times = [str(r.figures["newest"]) for n, r in newest if n.startswith(prefix) and r.figures.get("newest")]
    return max(times, default=None)
