"""What lowering finds out: the one resolution of columns, which every check and every node reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol

from mlcycle.diagnostics.diagnostic import Diagnostic
from mlcycle.diagnostics.span import Span
from mlcycle.graph.column import Column, DType
from mlcycle.graph.node import Step
from mlcycle.kinds.interface import (
    GateKind,
    PreprocessKind,
    Setting,
    SourceKind,
    SplitKind,
    TrainerKind,
    Tree,
)
from mlcycle.language.project import FeatureView, Model
from mlcycle.language.slots import PackageSpec


class Schemas(Protocol):
    """What checking may ask about the outside: columns of files, and whether a module is there."""

    def __call__(self, source: SourceKind) -> Mapping[str, DType] | None:
        """The columns of a source as its file has them; None if nobody knows (the file is not there)."""

    def has_module(self, name: str) -> bool:
        """Whether a Python module of the author's is there, found without importing anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The columns of something by name, in order.

    `complete` is false where the file could not be asked: then any column could be there. `open_views` are
    views that lack features because of another mistake: then any `view.feature` of theirs could be there.
    """

    title: str
    columns: Mapping[str, Column]
    complete: bool = True
    open_views: frozenset[str] = frozenset()

    def find(self, name: str) -> Column | None:
        """The column; one of unknown dtype where it could be there; None where there is none."""
        found = self.columns.get(name)
        return Column(name=name) if found is None and self.could_have(name) else found

    def could_have(self, name: str) -> bool:
        """Whether a column that is not listed may be there nevertheless."""
        view, dot, _ = name.partition(".")
        return view in self.open_views if dot else not self.complete

    def dtypes(self) -> dict[str, DType]:
        return {name: column.dtype for name, column in self.columns.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A column that the spec names somewhere, found or not.

    `by` says who names it, for a sentence; `accepts` are the dtypes that it takes (none: any).
    """

    name: str
    column: Column | None
    span: Span
    by: str
    table: Table
    accepts: tuple[DType, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """A cleaning step drops rows by a column: that late is it known that a row exists (rule of time 6)."""

    kind: str
    column: Column
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewritten:
    """A cleaning step gives a column other values than the data has."""

    kind: str
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedSource:
    """A source after read, clean and derive.

    `read` are the columns as read, `table` those of the finished table; `row_key` identifies a row.
    `hidden` are columns with personal data that have another name in the end, or are gone.
    """

    name: str
    spec: SourceKind
    read: Table
    table: Table
    row_key: tuple[str, ...]
    steps: tuple[Step, ...]
    drops: tuple[Drop, ...] = ()
    rewritten: Mapping[str, Rewritten] = field(default_factory=dict)
    hidden: tuple[str, ...] = ()
    uses: tuple[Use, ...] = ()
    findings: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One feature of a view.

    column: named `view.feature`. expression: its entry of the request-time program, over `request.<column>`
    and `<view>.<feature>`; None for a feature that is looked up. request, others: what that expression reads.
    places: where the spec names each column that it is made of.
    """

    name: str
    view: str
    column: Column
    expression: Tree | None = None
    request: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    places: Mapping[str, Span] = field(default_factory=dict)

    @property
    def full_name(self) -> str:
        return f"{self.view}.{self.name}"

    @property
    def entry(self) -> dict[str, Any]:
        """Its entry of the request-time program."""
        return {"output": self.full_name, "dtype": self.column.dtype, "expression": self.expression}


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedView:
    """A feature view. `keys` are the entity's columns; none: its features are of the predicted row itself."""

    name: str
    spec: FeatureView
    source: ResolvedSource | None
    keys: tuple[Column, ...]
    features: Mapping[str, Feature]
    steps: tuple[Step, ...] = ()
    uses: tuple[Use, ...] = ()
    findings: tuple[Diagnostic, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether all its features are known: not so for "all but" of a table that could not be asked, and
        where its source or one of its columns is not there."""
        if self.source is None:
            return self.spec.source is None
        if any(use.column is None for use in self.uses):
            return False
        chosen = self.spec.columns
        return chosen is None or chosen.excluded is None or self.source.table.complete

    @property
    def looked_up(self) -> bool:
        """Whether its features come from the feature store."""
        return self.spec.entity is not None

    @property
    def program(self) -> tuple[dict[str, Any], ...]:
        """Its entries of the request-time program, in the order of the spec."""
        return tuple(feature.entry for feature in self.features.values() if feature.expression is not None)

    @property
    def request(self) -> tuple[str, ...]:
        """The columns of the row that its program reads."""
        return tuple(dict.fromkeys(name for feature in self.features.values() for name in feature.request))


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The kinds that a model is made of, as written or by default."""

    split: SplitKind
    preprocess: tuple[PreprocessKind, ...]
    trainer: TrainerKind
    gates: tuple[GateKind, ...]
    packages: tuple[PackageSpec, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """A label made of later events of a source.

    keys: the columns of rows and events alike that join them. known_after: when a value of an event, and that
    the event is there, is known after its time.
    """

    source: ResolvedSource
    keys: tuple[Column, ...]
    known_after: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Members:
    """Who is in a population: the keys of a source, each from `known_after` its first event time on."""

    source: ResolvedSource
    keys: tuple[Column, ...]
    known_after: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedModel:
    """A model with everything that it reads.

    inputs: the features it takes, in order. program: features to compute, each after what it reads.
    lookups: view -> features to look up. request: the columns of the row that a request carries.
    selected: for each preprocessing step the features that it works on. source: where its rows come from; for
    a population the table that lists it, which is in no file. later: of a label of later events. members: of
    a population.
    """

    name: str
    spec: Model
    source: ResolvedSource | None
    label: Column | None
    inputs: tuple[Feature, ...]
    program: tuple[Feature, ...]
    lookups: Mapping[str, tuple[Feature, ...]]
    request: tuple[Column, ...]
    parts: Parts
    selected: tuple[tuple[Feature, ...], ...] = ()
    filter: Tree | None = None
    later: Later | None = None
    members: Members | None = None
    uses: tuple[Use, ...] = ()
    findings: tuple[Diagnostic, ...] = ()

    @property
    def horizon(self) -> timedelta:
        return self.spec.horizon if self.spec.horizon is not None else timedelta(0)

    @property
    def label_history(self) -> tuple[Feature, ...]:
        """The looked-up features that are made of what the label is made of: labels of other rows."""
        lineage = self.label.lineage if self.label is not None else frozenset()
        found = (feature for features in self.lookups.values() for feature in features)
        return tuple(feature for feature in found if lineage and lineage <= feature.column.lineage)

    @property
    def rows_span(self) -> Span:
        """Where it says which rows are its examples."""
        written = (key for key in ("rows", "population") if getattr(self.spec, key) is not None)
        return self.spec.span(next(written, "label"))

    @property
    def setting(self) -> Setting:
        """What the kinds may know of the model."""
        return Setting(
            task=self.spec.task,
            has_timestamp=self.timestamp is not None,
            label_dtype=self.label.dtype if self.label is not None else "unknown",
            folds=self.parts.split.fold_count(),
        )

    @property
    def timestamp(self) -> str | None:
        return self.source.spec.timestamp if self.source is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """Everything that the spec's names stand for."""

    sources: Mapping[str, ResolvedSource]
    views: Mapping[str, ResolvedView]
    models: Mapping[str, ResolvedModel]
    findings: tuple[Diagnostic, ...] = ()

    @property
    def parts(self) -> tuple[ResolvedSource | ResolvedView | ResolvedModel, ...]:
        """Everything that names columns."""
        return (*self.sources.values(), *self.views.values(), *self.models.values())
