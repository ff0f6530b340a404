"""What the process's exit status says; documented in docs/cli.md."""

from __future__ import annotations

from enum import IntEnum

from mlcycle.diagnostics.diagnostic import Diagnostic


class Exit(IntEnum):
    """Exit statuses, the same for every command."""

    OK = 0
    WRONG = 1
    """The spec or the data is wrong."""
    USAGE = 2
    """The command line is wrong."""
    GATE = 3
    """A gate failed or was inconclusive."""
    LOCKED = 4
    """Another run of this project is under way, or someone else was faster."""
    MISSING = 5
    """The environment lacks something: an extra, a program, a variable, a service that runs."""
    FAULT = 70
    """mlcycle itself is at fault."""
    INTERRUPTED = 130
    """Ctrl-C."""


#: Another run, a rollout that changed meanwhile.
_LOCKED = {"MLC870", "MLC638"}
#: A registry, a rollout, a library, keys, a running service, the state database, a variable.
_ABSENT = {"MLC642", "MLC643", "MLC800", "MLC802", "MLC806", "MLC807", "MLC875", "MLC876", "MLC892"}


def of_findings(diagnostics: tuple[Diagnostic, ...]) -> Exit:
    """The status for findings that stopped a command; warnings alone stop nothing."""
    errors = [d.code for d in diagnostics if d.severity == "error"]
    if not errors:
        return Exit.OK
    if _LOCKED.intersection(errors):
        return Exit.LOCKED
    if _ABSENT.issuperset(errors):
        return Exit.MISSING
    return Exit.WRONG
