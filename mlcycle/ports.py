"""What the work needs from the outside, as protocols; `mlcycle.adapters` implements them.

`mlcycle.port_contracts` has what every implementation of one keeps to, as checks for its own suite.
All frames that cross a port are Polars data frames; all times are UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self

from mlcycle.rollout.plan import Plan
from mlcycle.rollout.state import Release, State

if TYPE_CHECKING:
    import polars as pl

    from mlcycle.graph.on_demand import OnDemandView
    from mlcycle.steps.package import Package
    from mlcycle.verdicts import ChunkResult


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewTable:
    """A feature view as the store sees it: a table of values stamped with when each became available.

    name: the store's name for it, which carries a digest of its schema.
    keys: entity key columns; features: (name, dtype) pairs.
    path: a parquet file with the keys, the features, `event_timestamp` (when available) and
        `created_timestamp`, both datetime64[us, UTC].
    ttl_seconds: how long a value may be used; None for ever.
    version: the table's data version, by which a reader can tell that it looks at the table it means.
    """

    name: str
    entity: str
    keys: tuple[tuple[str, str], ...]
    features: tuple[tuple[str, str], ...]
    path: Path
    ttl_seconds: int | None = None
    description: str = ""
    tags: Mapping[str, str] | None = None
    owner: str = ""
    version: str = ""


class FeatureStore(Protocol):
    """Point-in-time reads for training and fresh reads for serving."""

    def apply(
        self,
        project: str,
        views: Sequence[ViewTable],
        services: Mapping[str, Mapping[str, Sequence[str]]] | None = None,
        on_demand: Sequence[OnDemandView] = (),
    ) -> Path:
        """Generate and apply the repository that declares exactly `views`; returns its folder.

        services: model -> view -> the features that it reads. on_demand: views that the store computes.
        """

    def declared(self, project: str) -> tuple[ViewTable, ...]:
        """The views of the last `apply`; none before the first."""

    def historical(
        self, project: str, rows: pl.DataFrame, features: Mapping[str, Sequence[str]]
    ) -> pl.DataFrame:
        """Join `features` (view name -> feature names) as of each row.

        rows: `row_id` (int64), `predict_at` (datetime[us, UTC]) and the entity key columns.
        Returns one row for each of `rows`, ordered by `row_id`: `row_id` and `view__feature` columns.
        """

    def materialize(self, project: str, view: str, start: datetime, end: datetime) -> int:
        """Load each key's newest value in [start, end] into the online store; returns the keys loaded."""

    def push(self, project: str, view: str, rows: pl.DataFrame) -> int:
        """Put `rows` into the online store at once, beside what the view's table says; returns how many.

        rows: the key columns, `event_timestamp` (since when the values hold) and every feature. A row older
        than what the store has for its key is left out. `materialize` keeps a pushed value until the table
        has one for the key that is as new. Raises KeyError for a view that was not applied.
        """

    def pushed(self, project: str, view: str) -> pl.DataFrame | None:
        """The pushed rows that the view's table does not have yet, one a key; None if there are none."""

    def online(
        self, project: str, features: Mapping[str, Sequence[str]], keys: pl.DataFrame, now: datetime
    ) -> pl.DataFrame:
        """`keys` with the `view__feature` columns read for each row; null if older than the ttl at `now`."""


class Tracker(Protocol):
    """Experiment tracking."""

    def log_training(
        self,
        *,
        experiment: str,
        run_name: str,
        tags: Mapping[str, str],
        params: Mapping[str, Any],
        metrics: Mapping[str, float],
        history: Mapping[str, Sequence[float]],
        artifacts: Sequence[Path],
    ) -> str:
        """Record one training run under a run of its own; returns the tracker's run id."""

    def log_evaluation(self, run_id: str, metrics: Mapping[str, float], artifacts: Sequence[Path]) -> None:
        """Add what the evaluation found to a training run; one that was deleted by hand is left alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A registered version of a model."""

    model: str
    version: str
    package_digest: str
    evidence_digest: str
    aliases: tuple[str, ...] = ()
    package_path: str = ""
    run_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a registry says of a model: alias -> version, and its tags."""

    aliases: Mapping[str, str]
    tags: Mapping[str, str]


class Registry(Protocol):
    """Versions of models, and names for some of them. Which one answers is not decided here."""

    def register(
        self,
        *,
        model: str,
        package: Path,
        package_digest: str,
        evidence_digest: str,
        run_id: str,
        signature: Mapping[str, Any],
        tags: Mapping[str, str],
    ) -> Version:
        """Register a package, or return the version that already has this package and evidence digest."""

    def get(self, model: str, version: str) -> Version | None:
        """The version of that number with its package on this machine, or None."""

    def standing(self, model: str) -> Standing:
        """The aliases and tags of a model; none for one that is not there. Raises if it cannot be asked."""

    def set_alias(self, model: str, alias: str, version: str) -> None:
        """Point `alias` at that version, and at no other."""

    def delete_alias(self, model: str, alias: str) -> None:
        """Let an alias point nowhere; one that does not is left alone."""

    def set_tag(self, model: str, key: str, value: str) -> None:
        """Set a tag of the model itself; the last value counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltService:
    """A service that can be started: its BentoML tag, its folder and the digest of its shell."""

    tag: str
    path: Path
    shell_digest: str


class RunningService(Protocol):
    """A started service; leaving its context stops it and every worker of it."""

    @property
    def url(self) -> str: ...

    def wait_ready(self, seconds: float = 60.0, *, path: str = "/health/ready") -> None:
        """Return once `path` answers 200; `/version` does as soon as the model is loaded."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Builder(Protocol):
    """Builds a generated service into a bento, and starts it."""

    def build(self, *, name: str, source: Path, labels: Mapping[str, str]) -> BuiltService:
        """Build the generated folder `source`; the same content gives the same tag."""

    def start(self, source: Path, *, environ: Mapping[str, str]) -> RunningService:
        """Start a generated folder or a bento on a free local port; `environ` is added to its own."""


class Rollouts(Protocol):
    """Which version of a model answers, and how the next one takes over."""

    def start(self, service: str, release: Release, plan: Plan, *, operation: str) -> State:
        """Let `release` take over `service` (project/name) by `plan`; returns what stands then.

        A release that is champion, or on its way by this plan, already changes nothing; neither does doing an
        operation again.
        """

    def champion(self, model: str) -> Release | None:
        """The release that answers for `model` (project.model); None before the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelColumn:
    """True values in the table of a source.

    key: the columns that join it to a prediction, (name, dtype) pairs. A value is known `available_after`
    later than `timestamp` (never sooner than `created_timestamp`); always, where there is no `timestamp`.
    """

    path: Path
    column: str
    key: tuple[tuple[str, str], ...]
    timestamp: str | None = None
    available_after: timedelta = timedelta(0)
    created_timestamp: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LaterLabel:
    """True values made of the later events in the table of a source.

    key: the columns of a request that say whose events and from which moment on, (name, dtype) pairs.
    config: how the label is made, as the model's node `rows` has it.
    """

    path: Path
    key: tuple[tuple[str, str], ...]
    config: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Predicted:
    """What a service predicted in a span of time.

    requests: one line a request: `at`, `request_id`, `origin`, `package`, `version`, `assigned`, `fallback`,
        `status`, `seconds`.
    frames: for each package one row a predicted row, oldest first: `at`, `request_id`, `row`, `origin`,
        `package`, `version`, `assigned`, `fallback`, `score` (`score.<class>` for several classes),
        `decision`, `request.<column>`, `<view>.<feature>` of all that the model read, and `label` (float64:
        0/1, class index or value; null where it is not known). Columns that were redacted, and what is
        computed from them, are absent.
    without_package: rows of packages that were not given. unreadable: lines of the log that are no record.
    repeated: labels that a later one of the same row replaced; orphans: those whose row nobody predicted.
    """

    requests: pl.DataFrame
    frames: Mapping[str, pl.DataFrame]
    without_package: int = 0
    unreadable: int = 0
    repeated: int = 0
    orphans: int = 0


class PredictionLog(Protocol):
    """What services wrote down of their predictions. A service is named `project.name`."""

    def closed(self, service: str, until: datetime) -> tuple[int, int] | None:
        """How many requests and how many labels sent there are from before `until`; None for no log."""

    def collect(self, service: str, now: datetime) -> int:
        """Turn closed segments into Parquet, each once; returns how many are new."""

    def span(self, service: str) -> tuple[datetime, datetime] | None:
        """The minutes of the first and the last request; None without any."""

    def predicted(
        self,
        service: str,
        start: datetime,
        end: datetime,
        *,
        package: Callable[[str, str], Package | None],
        known_by: datetime,
        labels: LabelColumn | LaterLabel | None = None,
        redacted: Sequence[str] = (),
    ) -> Predicted:
        """What was predicted at start <= at < end, with the labels that were known by `known_by`.

        package: gives the package of a digest that a version has, None where it cannot be had.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The rows that predictions of a package are compared with, and the digest that names them."""

    rows: pl.DataFrame
    digest: str


class ChunkStore(Protocol):
    """What monitors measured, and what they compare with."""

    def closed(self, monitor: str, after: datetime | None = None) -> tuple[ChunkResult, ...]:
        """The measured chunks of `project/name`, oldest first."""

    def add(self, results: Sequence[ChunkResult]) -> None:
        """Keep results; one that is kept and settled already stays as it is."""

    def reference(self, package: str) -> Kept | None:
        """The rows that predictions of a package are compared with, None before `refer`."""

    def refer(self, package: str, rows: pl.DataFrame) -> None:
        """Keep the rows that predictions of a package are compared with; those kept already stay."""


class CannotMeasure(Exception):
    """A measurement means nothing on what it was given; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A figure for each chunk of the reference and for each chunk asked about; NaN where there is none.

    low, high: of the chunks asked about; empty where the method has no interval.
    """

    reference: tuple[float, ...]
    chunks: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()


class Monitor(Protocol):
    """Statistics of chunks against a reference. Rows of the reference are in order of time.

    Every method raises CannotMeasure for what it would otherwise answer with a number that means nothing.
    """

    def drift(
        self,
        reference: pl.DataFrame,
        chunks: Sequence[pl.DataFrame],
        *,
        method: str,
        chunk_rows: int,
    ) -> Mapping[str, Series]:
        """How far each column of each chunk lies from the reference: 0 the same, 1 nothing in common.

        Columns are float64 (NaN and null are missing) or text. method: jensen_shannon, hellinger or
        kolmogorov_smirnov. chunk_rows: the rows of the chunks into which the reference itself is cut.
        """

    def estimate(
        self,
        reference: pl.DataFrame,
        chunks: Sequence[pl.DataFrame],
        *,
        task: str,
        metric: str,
        features: Sequence[str] = (),
    ) -> Series:
        """A metric estimated without labels, with its interval; `reference` of the series is empty.

        Frames hold `score` (or `score.<class>`), `decision` (float64: 0/1 or the index of the class), in the
        reference `label`, and for a regression the `features`, float64 or text.
        """


class Absent:
    """Stands for a port that a run was composed without."""

    def __getattr__(self, name: str) -> Any:
        raise LookupError(f"this run was composed without what has `{name}`")


def _absent() -> Any:
    return Absent()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """The adapters a run was composed with. Each is built on first use by the composition root."""

    feature_store: FeatureStore
    tracker: Tracker
    registry: Registry
    builder: Builder
    predictions: PredictionLog = field(default_factory=_absent)
    chunks: ChunkStore = field(default_factory=_absent)
    monitor: Monitor = field(default_factory=_absent)
    rollouts: Rollouts = field(default_factory=_absent)
