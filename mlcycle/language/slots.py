"""The bases of the kinds: what every source, cleaning step, gate ... has, whatever its kind.

A field annotated with a base takes any kind of that slot: `kind` picks the model. Which kinds there are comes
in as the validation context (`Kinds`), so that nothing is registered anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, get_origin

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from mlcycle.diagnostics.suggest import nearest, told
from mlcycle.language.base import SpecModel, documentation, problem
from mlcycle.language.kinds import KindError, Kinds
from mlcycle.language.names import ColumnName, Text
from mlcycle.language.quantities import Severity
from mlcycle.language.words import found


class SlotSpec(SpecModel):
    """A mapping whose `kind` picks its model."""

    noun: ClassVar[str] = "kind"
    slot: ClassVar[str] = ""
    """The slot of `Kinds` it belongs to."""

    kind: str
    """What it is; decides which other keys there are."""

    @classmethod
    def is_kind(cls) -> bool:
        """Whether this is a kind of its own, which says what `kind` is, and not the base of a slot."""
        return get_origin(cls.model_fields["kind"].annotation) is Literal

    @classmethod
    def choose(cls, name: str, kinds: Kinds) -> type[SlotSpec]:
        """The model of a kind. Raises KeyError for an unknown one, KindError for one that does not work."""
        return kinds.spec_class(cls.slot, name)

    @classmethod
    def known(cls, kinds: Kinds) -> tuple[str, ...]:
        """The kinds there are."""
        return kinds.names(cls.slot)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        if cls.is_kind():
            return handler(source)
        return core_schema.with_info_plain_validator_function(cls._dispatch, metadata={"mlcycle_base": cls})

    @classmethod
    def _dispatch(cls, value: object, info: core_schema.ValidationInfo) -> SpecModel:
        if isinstance(value, cls):
            return value
        data = normalized(value)
        if not isinstance(data, dict):
            raise problem("MLC104", f"expected a mapping with `kind`, found {found(value)}")
        if not isinstance(info.context, Kinds):
            raise TypeError("validating a spec needs the kinds there are: model_validate(..., context=kinds)")
        return cls._model(data, info.context).model_validate(data, context=info.context)

    @classmethod
    def _model(cls, data: Mapping[str, object], kinds: Kinds) -> type[SlotSpec]:
        if "kind" not in data:
            for key in data:
                if data[key] in cls.known(kinds) and nearest(key, ["kind"]):
                    message = f"`{key}` is not a key of this {cls.noun}"
                    raise problem("MLC101", message, key, help="did you mean `kind`?", meant="kind")
            raise problem(
                "MLC102", f"this {cls.noun} has no `kind`", help=f"add `kind:` {_one_of(cls.known(kinds))}"
            )
        name = data["kind"]
        if not isinstance(name, str):
            raise problem("MLC104", f"`kind` must be text; found {found(name)}", "kind")
        try:
            return cls.choose(name, kinds)
        except KeyError:
            message = f"`{name}` is not a kind of {cls.noun}"
            known = sorted(cls.known(kinds))
            near = nearest(name, known)
            raise problem("MLC103", message, "kind", help=told(near, known), meant=near) from None
        except KindError as error:
            raise problem(error.code, error.message, "kind", help=error.help) from error


def normalized(value: object) -> object:
    """The short forms: `name` is `{kind: name}`, and `{python: ...}` is `{kind: python, python: ...}`."""
    if isinstance(value, str):
        return {"kind": value}
    if isinstance(value, dict) and "kind" not in value and "python" in value:
        return {"kind": "python", **value}
    return value


def _one_of(names: tuple[str, ...]) -> str:
    return "with one of " + ", ".join(f"`{name}`" for name in names) if names else ""


class CleanSpec(SlotSpec):
    """A cleaning step: it drops or changes rows of a source, unfitted, before anything else sees them."""

    slot: ClassVar[str] = "clean"
    noun: ClassVar[str] = "cleaning step"

    description: Text | None = documentation()
    """What it is for."""


class FeatureSpec(SlotSpec):
    """A computed feature of a feature view."""

    slot: ClassVar[str] = "features"
    noun: ClassVar[str] = "feature"

    description: Text | None = documentation()
    """What it means."""


class SplitSpec(SlotSpec):
    """How a model's rows are divided into training, validation and test."""

    slot: ClassVar[str] = "splits"
    noun: ClassVar[str] = "split"


class PreprocessSpec(SlotSpec):
    """A preprocessing step, fitted on training rows and shipped inside the model."""

    slot: ClassVar[str] = "preprocess"
    noun: ClassVar[str] = "preprocessing step"


class TrainerSpec(SlotSpec):
    """What fits the model."""

    slot: ClassVar[str] = "trainers"
    noun: ClassVar[str] = "trainer"


class GateSpec(SlotSpec):
    """A condition that a trained model must meet before it is registered and served."""

    slot: ClassVar[str] = "gates"
    noun: ClassVar[str] = "gate"

    severity: Severity = "error"
    """`error` stops what follows when the gate does not pass; `warn` only reports."""
    sample_weight: ColumnName | None = None
    """A column with how much each test row counts in its figure; each counts once if left out."""
    description: Text | None = documentation()
    """Why the gate is there."""


class PackageSpec(SlotSpec):
    """A file format of the model package."""

    slot: ClassVar[str] = "packages"
    noun: ClassVar[str] = "package format"


class RolloutSpec(SlotSpec):
    """How a new version takes over from the one in service."""

    slot: ClassVar[str] = "rollouts"
    noun: ClassVar[str] = "rollout"


class AnalysisSpec(SlotSpec):
    """A question that a step of a rollout asks of the traffic it has seen."""

    slot: ClassVar[str] = "analyses"
    noun: ClassVar[str] = "analysis"


class SignalSpec(SlotSpec):
    """Something that a monitor measures of each chunk of predictions."""

    slot: ClassVar[str] = "signals"
    noun: ClassVar[str] = "signal"

    severity: Severity = "warn"
    """What a value beyond its limit is in Dagster: `warn` or `error`."""


class TriggerSpec(SlotSpec):
    """Something that asks for a retraining."""

    slot: ClassVar[str] = "triggers"
    noun: ClassVar[str] = "trigger"


def bases() -> Mapping[str, type[SlotSpec]]:
    """Slot -> the base of its kinds."""
    from mlcycle.language.source import SourceSpec

    data = (SourceSpec, CleanSpec, FeatureSpec)
    training = (SplitSpec, PreprocessSpec, TrainerSpec, GateSpec, PackageSpec)
    living = (RolloutSpec, AnalysisSpec, SignalSpec, TriggerSpec)
    return {base.slot: base for base in (*data, *training, *living)}
