"""Which kinds there are, found without importing any; only those that a spec names are loaded.

A built-in kind is a folder `mlcycle/kinds/<slot>/<kind>/` with `spec.py` and `work.py`. An outside package
adds one by the entry point group `mlcycle.kinds`: the entry point's name is `slot.kind`, its value a package
that holds the modules `spec` and `work`. `spec` has a class `Spec` that derives from the slot's base.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from mlcycle.diagnostics.diagnostic import Diagnostic, Refused
from mlcycle.diagnostics.span import NOWHERE

if TYPE_CHECKING:
    from mlcycle.language.slots import SlotSpec

GROUP = "mlcycle.kinds"

SLOTS = (
    *("sources", "clean", "features"),
    *("splits", "preprocess", "trainers", "gates", "packages"),
    *("rollouts", "analyses", "signals", "triggers"),
)


class KindError(Exception):
    """A kind that an outside package declares cannot be used; `code` is one of 9xx."""

    def __init__(self, code: str, message: str, help: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.help = help


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind. `package` holds its modules; `origin` is its distribution, empty for a built-in kind."""

    slot: str
    name: str
    package: str
    origin: str = ""

    @property
    def work(self) -> str:
        """The module of its work, named but never imported by checking."""
        return f"{self.package}.work"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kinds:
    """Every kind that is installed, by slot and name. A name that two packages claim maps to both."""

    found: Mapping[str, Mapping[str, tuple[Kind, ...]]]

    def names(self, slot: str) -> tuple[str, ...]:
        """The kinds of a slot, sorted."""
        return tuple(sorted(self.found.get(slot, {})))

    def kind(self, slot: str, name: str) -> Kind:
        """Raises KeyError for an unknown kind, KindError (MLC902) for one that two packages claim."""
        claims = self.found[slot][name]
        if len(claims) > 1:
            owners = " and ".join(sorted(f"`{claim.origin or 'mlcycle'}`" for claim in claims))
            raise KindError(
                "MLC902", f"the kind `{name}` of {slot} is declared by {owners}", "uninstall one of them"
            )
        return claims[0]

    def package(self, slot: str, name: str) -> str:
        """The package of a kind."""
        return self.kind(slot, name).package

    def spec_class(self, slot: str, name: str) -> type[SlotSpec]:
        """The kind's model, imported on demand.

        Raises KeyError for an unknown kind and KindError for one of an outside package that does not work; a
        built-in kind that fails is our own fault and keeps its traceback.
        """
        kind = self.kind(slot, name)
        try:
            spec: object = importlib.import_module(f"{kind.package}.spec").Spec
        except Exception as error:
            if not kind.origin:
                raise
            reason = f"{type(error).__name__}: {error}"
            message = f"the kind `{name}` of the package `{kind.origin}` failed to load: {reason}"
            raise KindError("MLC901", message, f"update or uninstall `{kind.origin}`") from error
        return _checked(kind, spec)

    def make(self, slot: str, data: Mapping[str, Any]) -> SlotSpec:
        """A kind's model from plain data, as a default fills it in. Raises pydantic's ValidationError."""
        return self.spec_class(slot, data["kind"]).model_validate(dict(data), context=self)


def find_kinds(outside: Iterable[EntryPoint] | None = None) -> Kinds:
    """Look for kinds: the built-in folders, then the entry points of installed packages (or those given).

    Raises Refused (MLC904) for an entry point whose name is not `slot.kind`.
    """
    found: dict[str, dict[str, tuple[Kind, ...]]] = {slot: {} for slot in SLOTS}
    for kind in (*_built_in(), *map(_declared, _installed() if outside is None else outside)):
        found[kind.slot][kind.name] = (*found[kind.slot].get(kind.name, ()), kind)
    return Kinds(found=found)


def _built_in() -> Iterable[Kind]:
    for slot in SLOTS:
        folder = Path(__file__).parent.parent / "kinds" / slot
        for spec in sorted(folder.glob("*/spec.py")):
            name = spec.parent.name
            yield Kind(slot=slot, name=name, package=f"mlcycle.kinds.{slot}.{name}")


def _installed() -> Iterable[EntryPoint]:
    """The entry points of installed packages; those in the current folder are the author's, and left out."""
    from importlib.metadata import distributions

    here = Path.cwd().resolve()
    places = [place for place in sys.path if place and Path(place).resolve() != here]
    points = {point for one in distributions(path=places) for point in one.entry_points.select(group=GROUP)}
    return sorted(points, key=lambda point: (point.name, point.value))


def _declared(point: EntryPoint) -> Kind:
    slot, dot, name = point.name.partition(".")
    origin = point.dist.name if point.dist is not None else point.value
    if not dot or slot not in SLOTS or not name.isidentifier():
        message = f"the package `{origin}` declares a kind under the name `{point.name}`"
        help_line = f"its name must be `slot.kind`, with one of the slots {', '.join(SLOTS)}"
        raise Refused((Diagnostic(code="MLC904", message=message, span=NOWHERE, help=help_line),))
    return Kind(slot=slot, name=name, package=point.value, origin=origin)


def _checked(kind: Kind, spec: object) -> type[SlotSpec]:
    from mlcycle.language.slots import bases

    base = bases()[kind.slot]
    if (
        isinstance(spec, type)
        and issubclass(spec, base)
        and get_args(spec.model_fields["kind"].annotation) == (kind.name,)
    ):
        return spec
    where = f"`{kind.package}.spec.Spec`"
    message = f'{where} must derive from `{base.__name__}` and have `kind: Literal["{kind.name}"]`'
    raise KindError("MLC903", message, f"report it to `{kind.origin or 'mlcycle'}`")
