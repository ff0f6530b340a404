"""A spec: one project, as written. Nothing here is resolved; a key that was not written is None or empty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import ConfigDict, Field, model_validator

from mlcycle.language.base import SpecModel, documentation, problem
from mlcycle.language.life import Monitor, Retraining
from mlcycle.language.names import (
    ColumnName,
    ColumnReference,
    Columns,
    Distinct,
    Expression,
    FeatureReference,
    Name,
    Text,
)
from mlcycle.language.owner import Owner
from mlcycle.language.quantities import Duration, Share, Version
from mlcycle.language.rows import LaterEvents, Population
from mlcycle.language.scalar_types import Cell
from mlcycle.language.services import Service
from mlcycle.language.sheet import Sheet
from mlcycle.language.slots import (
    FeatureSpec,
    GateSpec,
    PackageSpec,
    PreprocessSpec,
    SplitSpec,
    TrainerSpec,
)
from mlcycle.language.source import SourceSpec
from mlcycle.language.words import found

Task = Literal["binary_classification", "multiclass_classification", "regression"]


class Entity(SpecModel):
    """What a feature view tells about: `airport: origin`, or a list of columns that identify it together."""

    noun: ClassVar[str] = "entity"
    short_forms: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {"type": "string", "description": "The column that identifies one."},
        {
            "type": "array",
            "items": {"type": "string"},
            "minItems": 1,
            "uniqueItems": True,
            "description": "Columns that do together.",
        },
    )

    key: Columns
    """The column, or columns, that identify one; the same names in every source."""
    description: Text | None = documentation()
    """What it is."""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, data: Any) -> Any:
        if isinstance(data, str | tuple):
            return {"key": data}
        if isinstance(data, dict):
            return data
        raise problem("MLC104", f"expected a column or a list of columns, found {found(data)}")


class ColumnChoice(SpecModel):
    """Columns of a source: a list, or all but some (`{except: [a, b]}`)."""

    noun: ClassVar[str] = "choice of columns"
    short_forms: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {
            "type": "array",
            "items": {"type": "string"},
            "uniqueItems": True,
            "description": "These columns.",
        },
    )

    only: Distinct | None = None
    """These columns; a plain list says the same."""
    excluded: Distinct | None = Field(default=None, alias="except")
    """All columns but these."""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, data: Any) -> Any:
        if isinstance(data, tuple):
            return {"only": data}
        if isinstance(data, dict):
            return data
        single = isinstance(data, str)
        raise problem(
            "MLC104",
            f"expected a list of columns, found {found(data)}",
            help=f"write `[{data}]`" if single else None,
            meant=(data,) if single else None,
        )

    @model_validator(mode="after")
    def _one_of_both(self) -> ColumnChoice:
        if (self.only is None) == (self.excluded is None):
            raise problem(
                "MLC109",
                "columns are chosen by a list or by `except`",
                help="write `[a, b]` or `{except: [c]}`",
            )
        return self


class FeatureView(SpecModel):
    """Features from one source, of the row itself or, with an entity, of the newest row of that entity."""

    noun: ClassVar[str] = "feature view"

    description: Text | None = documentation()
    """What the features are about."""
    owner: Owner | None = documentation()
    """Who answers for it."""
    source: Name | None = None
    """The source it reads; none if it only combines other views."""
    entity: Name | None = None
    """The entity it is looked up by; without one its features come with the request."""
    ttl: Duration | None = None
    """How long a value may be used after it became available; for ever if left out."""
    columns: ColumnChoice | None = None
    """Columns of the source that are features as they are."""
    features: dict[Name, FeatureSpec] = Field(default_factory=dict)
    """Computed features."""

    @model_validator(mode="after")
    def _not_empty(self) -> FeatureView:
        if self.columns is None and not self.features:
            raise problem(
                "MLC109", "this feature view has no features", help="give `columns`, `features` or both"
            )
        if self.source is None and self.entity is not None:
            raise problem(
                "MLC109", "a feature view with an entity needs a source", "entity", help="add `source:`"
            )
        if self.source is None and self.columns is not None:
            raise problem(
                "MLC109", "`columns` needs a source to take them from", "columns", help="add `source:`"
            )
        return self


class Decision(SpecModel):
    """How a score becomes a decision."""

    noun: ClassVar[str] = "decision"

    threshold: Share | None = None
    """The least probability that counts as true; 0.5 if left out."""


class Card(SpecModel):
    """What the model card says beyond what is measured."""

    noun: ClassVar[str] = "model card"

    intended_use: Text | None = documentation()
    """What the model is for."""
    out_of_scope: tuple[Text, ...] | None = documentation()
    """What it must not be used for."""
    caveats: Text | None = documentation()
    """What its users should know."""
    ethics: Text | None = documentation()
    """Whom a wrong prediction harms, and how."""


class Accepted(SpecModel):
    """Signs of leakage that are known, each with the reason: measured and shown as ever, and no warning."""

    noun: ClassVar[str] = "mapping of accepted signs"

    single_feature: dict[FeatureReference, Text] | None = documentation(min_length=1)
    """Features that alone predict the label, as `view.feature`; any other one still warns."""
    repeated_rows: Text | None = documentation()
    """Why rows of train are in validation and test as well."""
    shuffled: Text | None = documentation()
    """Why test rows are older than training rows."""


def _unless_extended(schema: dict[str, Any]) -> None:
    """A model that extends another one need not have the keys that every model needs."""
    schema["anyOf"] = [{"required": schema.pop("required")}, {"required": ["extends"]}]


class Model(SpecModel):
    """A model: what it predicts, from what, and when it is good enough."""

    model_config = ConfigDict(json_schema_extra=_unless_extended)

    noun: ClassVar[str] = "model"

    description: Text | None = documentation()
    """What it predicts, for people."""
    owner: Owner | None = documentation()
    """Who answers for it."""
    extends: Name | None = None
    """Another model whose keys it takes over whole, where it has none of its own."""
    task: Task
    """What kind of value it predicts."""
    label: ColumnReference | LaterEvents
    """The column it predicts: `source.column`. Each row of that source is one example. Or what later events
    come to: `{source: ..., column: ..., function: mean, window: 7d}`."""
    rows: Name | None = None
    """Where the label is made of later events: the source whose rows are the examples."""
    population: Population | None = None
    """Where the label is made of later events and no source has the examples: an entity as of given
    moments."""
    horizon: Duration | None = None
    """How long before a row's event time it is predicted; 0 if left out."""
    predict_at: ColumnName | None = None
    """A column with the time at which each row is predicted, instead of a horizon."""
    filter: Expression | None = None
    """SQL over its features; rows where it is not true are set aside and counted."""
    sample_weight: ColumnName | None = None
    """A column with the weight of each row in training."""
    features: tuple[FeatureReference, ...] = Field(min_length=1)
    """Its inputs: whole feature views, or single features as `view.feature`."""
    allow_sensitive: dict[ColumnName, Text] = Field(default_factory=dict)
    """Sensitive columns that are inputs nevertheless, each with the reason."""
    accept: Accepted | None = documentation()
    """Signs of leakage in its split that are known, each with the reason."""
    split: SplitSpec | None = None
    """How its rows are divided; 70/10/20 by time (at random without a timestamp) if left out."""
    preprocess: tuple[PreprocessSpec, ...] | None = None
    """Steps fitted on training rows, in order; encodings by type if left out."""
    trainer: TrainerSpec | None = None
    """What fits it; xgboost if left out."""
    gates: tuple[GateSpec, ...] | None = None
    """What it must meet; better than a baseline and no worse than the champion if left out."""
    packages: tuple[PackageSpec, ...] | None = None
    """The formats of its package; ubj and onnx if left out, onnx alone for a trainer of your own."""
    decision: Decision | None = None
    """How a score becomes a decision."""
    card: Card | None = documentation()
    """What its card says beyond what is measured."""
    sheet: Sheet | None = documentation()
    """What the data sheet of its dataset says beyond what is measured; its sources have theirs."""

    @model_validator(mode="after")
    def _one_place_of_rows(self) -> Model:
        if isinstance(self.label, LaterEvents):
            if (self.rows is None) == (self.population is None):
                message = "a label of later events needs rows: those of a source, or a population"
                raise problem("MLC109", message, "label", help="add `rows:` or `population:`, and not both")
            if self.rows is not None and self.label.entity is None:
                message = "nothing says which events are those of a row"
                raise problem("MLC109", message, "label", help="add `entity:`, whose key both sources have")
        for key in ("rows", "population") if isinstance(self.label, str) else ():
            if getattr(self, key) is not None:
                message = f"the rows are those of the label's source, so `{key}` has no meaning"
                help_line = "remove it, or make the label of later events"
                raise problem("MLC109", message, key, help=help_line)
        for key in ("horizon", "predict_at") if self.population is not None else ():
            if getattr(self, key) is not None:
                message = f"a population says itself when it is predicted, so `{key}` has no meaning"
                raise problem("MLC109", message, key, help="remove it")
        return self

    @property
    def label_name(self) -> str:
        """What it predicts, in a few words."""
        return self.label if isinstance(self.label, str) else self.label.sentence

    @model_validator(mode="after")
    def _one_time(self) -> Model:
        if self.horizon is not None and self.predict_at is not None:
            raise problem(
                "MLC109", "`horizon` and `predict_at` exclude each other", "predict_at", help="keep one"
            )
        if self.decision is not None and self.task != "binary_classification":
            raise problem(
                "MLC109", f"a threshold has no meaning for {self.task}", "decision", help="remove `decision`"
            )
        return self


class Case(SpecModel):
    """An example of a feature view: given these rows, expect these features."""

    noun: ClassVar[str] = "test"

    feature_view: Name
    """The feature view."""
    given: tuple[dict[ColumnName, Cell], ...] = Field(min_length=1)
    """Rows of its source."""
    expect: tuple[dict[ColumnName, Cell], ...] = Field(min_length=1)
    """The features of each of those rows; features that are not named are not looked at."""

    @model_validator(mode="after")
    def _paired(self) -> Case:
        if len(self.given) != len(self.expect):
            message = f"{len(self.given)} rows are given and {len(self.expect)} expected"
            raise problem("MLC109", message, "expect", help="give one expected row for each row")
        return self


class Project(SpecModel):
    """A project: data, features, models and services that belong together."""

    noun: ClassVar[str] = "project"

    mlcycle: Version
    """The version of the language: 1."""
    name: Name
    """The project's name; the file's if left out."""
    description: Text | None = documentation()
    """What it is about, in a sentence."""
    owner: Owner | None = documentation()
    """Who answers for it."""
    sources: dict[Name, SourceSpec] = Field(min_length=1)
    """Tables of data, by name."""
    entities: dict[Name, Entity] = Field(default_factory=dict)
    """What features tell about, by name: the column that identifies one, or a list."""
    feature_views: dict[Name, FeatureView] = Field(default_factory=dict)
    """Groups of features, by name."""
    models: dict[Name, Model] = Field(default_factory=dict)
    """Models, by name."""
    services: dict[Name, Service] = Field(default_factory=dict)
    """Models in service, by name."""
    monitors: dict[Name, Monitor] = Field(default_factory=dict)
    """What is watched of services, by name."""
    retraining: dict[Name, Retraining] = Field(default_factory=dict)
    """When models are trained again, by name."""
    tests: tuple[Case, ...] = ()
    """Examples that `mlcycle test` runs."""
