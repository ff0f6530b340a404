"""The author's own functions: loaded and called, with whatever goes wrong in them told as the author's."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Callable
from pathlib import Path
from traceback import FrameSummary, extract_tb
from typing import Any

from mlcycle.graph.node import Step
from mlcycle.task import WorkError

_PACKAGE = str(Path(__file__).resolve().parent.parent)
_STANDARD = str(Path(pkgutil.__file__).parent)


def call(step: Step, *arguments: Any, **named: Any) -> Any:
    """What the function that `step.work` names returns.

    Raises WorkError MLC816 for anything that loading or calling it raises, an attempt to exit included, with
    the line of the author's that it came from.
    """
    try:
        function: Callable[..., Any] = pkgutil.resolve_name(step.work)
    except (Exception, SystemExit) as error:
        raise _failed(f"`{step.work}` cannot be loaded", step, error) from error
    try:
        return function(*arguments, **named)
    except WorkError:
        raise
    except (Exception, SystemExit) as error:
        raise _failed(f"`{step.work}` raised {type(error).__name__}", step, error) from error


def takes(step: Step, *names: str) -> bool:
    """Whether the function takes arguments of these names; False where it cannot be loaded, which `call`
    tells."""
    try:
        return set(names) <= inspect.signature(pkgutil.resolve_name(step.work)).parameters.keys()
    except (Exception, SystemExit):
        return False


def refused(step: Step, message: str) -> WorkError:
    """MLC816 for a function that returned what it must not."""
    return WorkError("MLC816", f"`{step.work}` {message}", step=step.name)


def _failed(what: str, step: Step, error: BaseException) -> WorkError:
    place = _place(error)
    return WorkError("MLC816", f"{what}: {error}", step=step.name, help=place and f"at {place}")


def _place(error: BaseException) -> str | None:
    """`file:line: code` of the innermost line that is neither ours nor a library's."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}: {(error.text or '').strip()}"
    frames = [frame for frame in extract_tb(error.__traceback__) if _authors(frame)]
    return f"{frames[-1].filename}:{frames[-1].lineno}: {frames[-1].line}" if frames else None


def _authors(frame: FrameSummary) -> bool:
    place = frame.filename
    return not place.startswith((_PACKAGE, _STANDARD, "<")) and "site-packages" not in place
