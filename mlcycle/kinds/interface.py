"""What a kind of each slot says about itself: columns in, columns out, and the step it lowers to.

A kind's `Spec` extends one of these classes. It never loads its work: it names it. A package outside adds
kinds by extending the same classes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path as FilePath
from typing import Any, ClassVar

from mlcycle.graph.column import DType
from mlcycle.graph.node import Config
from mlcycle.kinds.cleaning import CleanKind as CleanKind
from mlcycle.kinds.cleaning import Made as Made
from mlcycle.kinds.findings import Mistake as Mistake
from mlcycle.kinds.findings import Path as Path
from mlcycle.kinds.findings import Reads as Reads
from mlcycle.language.paths import inside
from mlcycle.language.slots import (
    AnalysisSpec,
    FeatureSpec,
    GateSpec,
    PreprocessSpec,
    RolloutSpec,
    SignalSpec,
    SplitSpec,
    TrainerSpec,
    TriggerSpec,
)
from mlcycle.language.source import SourceSpec

#: An expression tree as plain JSON: {"column": name}, {"literal": value}, {"call": name, "arguments": [...]}.
Tree = Mapping[str, Any]

NUMERIC: tuple[DType, ...] = ("int64", "float64", "bool")
TIMES: tuple[DType, ...] = ("timestamp", "date")


@dataclass(frozen=True, slots=True, kw_only=True)
class Computed:
    """A column computed from others of the same row."""

    dtype: DType
    expression: Tree
    reads: tuple[Reads, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a kind may know of the model that it is part of; `folds`: how many its split has, if any."""

    task: str
    has_timestamp: bool
    label_dtype: DType = "unknown"
    folds: int = 0


def contradicts(declared: DType, found: DType) -> bool:
    """Whether a declared dtype cannot stand for the one found; a whole number may stand for a float."""
    if "unknown" in (declared, found) or declared == found:
        return False
    return (declared, found) != ("float64", "int64")


class SourceKind(SourceSpec):
    """Where a table comes from.

    version: `package.module:function`, `(config, root) -> str`, what tells the version of the data where no
        file's digest does.
    """

    work: ClassVar[str]
    version: ClassVar[str | None] = None

    def work_name(self) -> str:
        """`package.module:function` that reads the table."""
        return type(self).work

    def file(self) -> str:
        """What it reads, for people: of a file, its path relative to the project's root."""
        raise NotImplementedError

    def observes(self) -> tuple[str, ...]:
        """The facts that tell whether the data changed (`graph.node.Node.observes`)."""
        return (f"file:{self.file()}",)

    def asks(self) -> bool:
        """Whether only asking the outside would tell its columns: then they are those that `columns` has."""
        return False

    def looked_at(self, root: FilePath) -> tuple[FilePath, ...]:
        """The files that its columns are found from, all inside `root`; they are looked up again when one
        changes. Raises ValueError for a path that leads out of the root."""
        return (inside(root, self.file()),)

    def peek(self, path: FilePath) -> Mapping[str, DType]:
        """The columns of the file at `path`, found without a heavy library.

        Raises ValueError for a file of another form, and OSError where it cannot be read.
        """
        raise NotImplementedError

    def columns_in(self, root: FilePath, paths: tuple[FilePath, ...]) -> Mapping[str, DType]:
        """The columns found from what `looked_at` gave. Raises as `peek` does."""
        return self.peek(paths[0])

    def unpartitioned(self) -> str | None:
        """Why it cannot be read a day or a month at a time, as the end of a sentence; None if it can."""
        return None

    def config(self) -> Config:
        """The step's own keys, beside `columns` and the timestamp's. `${env:NAME}` is filled in below its
        `connect` alone, when the source is asked."""
        raise NotImplementedError

    def mistakes(self) -> Iterator[Mistake]:
        return iter(())


class RowFeature(FeatureSpec):
    """A feature computed from columns of one row, at request time or in a view's table."""

    def compute(self, dtypes: Mapping[str, DType]) -> Computed:
        """The dtype and the expression over `dtypes`. Raises ExpressionError for SQL that is not one."""
        raise NotImplementedError

    def mentions(self) -> tuple[str, ...]:
        """The texts in which it may name features of other views, as `view.feature`."""
        texts = (getattr(self, name, None) for name in ("expression", "column"))
        return tuple(text for text in texts if isinstance(text, str))


class HistoryFeature(FeatureSpec):
    """A feature made of earlier rows of the same entity."""

    work: ClassVar[str]

    def reads(self) -> tuple[Reads, ...]:
        raise NotImplementedError

    def dtype(self, dtypes: Mapping[str, DType]) -> DType:
        raise NotImplementedError

    def needs_time(self) -> bool:
        """Whether it means nothing on a source without a timestamp."""
        return True

    def config(self) -> Config:
        """The step's own keys, beside `output`, `dtype` and `available_after_seconds`."""
        raise NotImplementedError


class SplitKind(SplitSpec):
    """Which rows train, which stop the training early, and which judge."""

    work: ClassVar[str]
    by_time: ClassVar[bool] = False

    def reads(self) -> tuple[Reads, ...]:
        """Columns of the label's source; the work finds them in the dataset as `by.<column>`."""
        return ()

    def together(self) -> tuple[str, ...]:
        """Columns of which rows that agree in all are never on two sides."""
        return ()

    def fold_count(self) -> int:
        """How many folds it has for cross-validation; its work then gives a frame (`kinds/splits/folds`)."""
        return 0

    def config(self) -> Config:
        raise NotImplementedError

    def declared_gap(self) -> tuple[timedelta, str | None] | None:
        """The author's own gap and the reason for it; None lets the gap be inferred."""
        return None

    def mistakes(self, setting: Setting) -> Iterator[Mistake]:
        return iter(())


class PreprocessKind(PreprocessSpec):
    """A step fitted on training rows and shipped with the model.

    takes_raw_text: whether texts are cut before it sees them, so that no step may come before it.
    gives_categories: whether it gives codes of categories, with which no later step may compute.
    """

    work: ClassVar[str]
    accepts: ClassVar[tuple[DType, ...]] = ()
    takes_raw_text: ClassVar[bool] = False
    gives_categories: ClassVar[bool] = False

    def selection(self) -> tuple[str, ...]:
        """Features as named: `numeric`, `text`, a feature's name or `view.feature`."""
        raise NotImplementedError

    def dtype_after(self, dtype: DType) -> DType:
        """What a column of `dtype` is afterwards."""
        return dtype

    def files(self) -> tuple[str, ...]:
        """Files of the project that it is fitted with; a change of one trains again. `path` in its config
        is made absolute before its work sees it."""
        return ()

    def config(self) -> Config:
        """The step's own keys, beside `columns`."""
        raise NotImplementedError

    def mistakes(self, dtypes: Mapping[str, DType]) -> Iterator[Mistake]:
        """`dtypes` are those of the selected features."""
        return iter(())


class TrainerKind(TrainerSpec):
    """What fits the model.

    default_packages: the formats that are made where the model names none; it has to give what they need.
    takes_categories: whether it takes codes of categories for what they are (`Job.categorical`).
    """

    default_packages: ClassVar[tuple[str, ...]] = ("ubj", "onnx")
    takes_categories: ClassVar[bool] = False

    def work_name(self) -> str:
        raise NotImplementedError

    def config(self) -> Config:
        raise NotImplementedError

    def mistakes(self, setting: Setting) -> Iterator[Mistake]:
        return iter(())


class GateKind(GateSpec):
    """A question that decides whether a model may go on."""

    work: ClassVar[str]

    def config(self) -> Config:
        """The step's own keys, beside `severity`."""
        raise NotImplementedError

    def sentence(self) -> str:
        """What it asks, for a person."""
        return f"The gate `{self.kind}`."

    def groups_by(self) -> tuple[str, ...]:
        """The columns of the label's source that it groups rows by."""
        return ()

    def mistakes(self, setting: Setting) -> Iterator[Mistake]:
        return iter(())


class RolloutKind(RolloutSpec):
    """How a new version takes over."""

    def plan(self, setting: Setting) -> Config:
        """What the state machine walks, in the form of `mlcycle.rollout.plan.Plan`, as plain JSON."""
        raise NotImplementedError

    def routes_by(self) -> str | None:
        """The column of a request that keeps who asks with one version."""
        return None

    def mistakes(self, setting: Setting) -> Iterator[Mistake]:
        return iter(())


class AnalysisKind(AnalysisSpec):
    """A question that a step of a rollout asks: `work(config, window) -> CheckResult`."""

    work: ClassVar[str]

    def config(self) -> Config:
        raise NotImplementedError

    def least_requests(self) -> int:
        """The least requests to the challenger with which it can pass at all; a step must allow for them."""
        return 1

    def claim(self) -> str:
        """What a pass shows, as the end of a sentence: `that errors rose by less than 1%`."""
        return f"that `{self.kind}` passes"

    def mistakes(self, setting: Setting) -> Iterator[Mistake]:
        return iter(())


class SignalKind(SignalSpec):
    """Something that a monitor measures: `work(config, chunks, reference, port)`, the checks of each chunk.

    needs_labels: whether a chunk is measured again as true values become known.
    """

    work: ClassVar[str]
    needs_labels: ClassVar[bool] = False

    def config(self) -> Config:
        """The step's own keys, beside `severity` and, unless it has one, the chunk's `min_rows`."""
        raise NotImplementedError

    def sentence(self) -> str:
        """What it measures, for a person."""
        return f"The signal `{self.kind}`."

    def columns_named(self) -> tuple[str, ...] | None:
        """The features that it is about, as written; None for all, or for none in particular."""
        return None

    def mistakes(self, setting: Setting) -> Iterator[Mistake]:
        return iter(())


class TriggerKind(TriggerSpec):
    """Something that asks for a retraining: `work(config, facts) -> observations`
    (`kinds/triggers/facts.py`).

    mends: whether it asks because the model got worse, so that it can tell whether retraining helped.
    """

    work: ClassVar[str]
    mends: ClassVar[bool] = True

    def config(self) -> Config:
        raise NotImplementedError

    def needed(self) -> int:
        """So many breaches, with nothing clear between them, make it fire."""
        return 1

    def watches(self) -> str | None:
        """The monitor that it listens to."""
        return None

    def reads(self) -> str | None:
        """The kind of signal that its monitor must measure."""
        return None

    def counts(self) -> str | None:
        """The source whose rows it counts."""
        return None

    def sentence(self) -> str:
        """When it asks, for a person: `when a feature drifts ...`."""
        return f"by the trigger `{self.kind}`"
