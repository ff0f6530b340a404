"""Feast's offline store for our feature tables: DuckDB's, with the point-in-time join done as a merge.

The join of Feast's DuckDB store compares every row with every earlier value of its key, which for a key with
a hundred thousand values is out of the question. An as-of join sorts both sides once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal

import pandas as pd
import polars as pl
import pyarrow as pa
from feast.data_source import DataSource
from feast.feature_view import FeatureView
from feast.infra.offline_stores.duckdb import DuckDBOfflineStore, DuckDBOfflineStoreConfig
from feast.infra.offline_stores.file_source import FileSource, SavedDatasetFileStorage
from feast.infra.offline_stores.offline_store import RetrievalJob, RetrievalMetadata
from feast.infra.registry.base_registry import BaseRegistry
from feast.on_demand_feature_view import OnDemandFeatureView
from feast.repo_config import RepoConfig
from feast.saved_dataset import SavedDatasetStorage

from mlcycle.adapters.feast import pushed
from mlcycle.adapters.feast.asof import Lookup, join, latest

_AT = "event_timestamp"


class AsOfOfflineStoreConfig(DuckDBOfflineStoreConfig):  # type: ignore[misc]
    """Needs nothing beyond its type."""

    type: Literal["mlcycle.adapters.feast.store.AsOfOfflineStore"] = (
        "mlcycle.adapters.feast.store.AsOfOfflineStore"
    )


class FrameRetrievalJob(RetrievalJob):  # type: ignore[misc]
    """A query that has not run yet."""

    def __init__(
        self,
        query: Callable[[], pl.DataFrame],
        full_feature_names: bool,
        metadata: RetrievalMetadata | None,
        on_demand: Sequence[OnDemandFeatureView] = (),
    ) -> None:
        super().__init__()
        self._on_demand = list(on_demand)
        self._query = query
        self._full_feature_names = full_feature_names
        self._metadata = metadata

    @property
    def full_feature_names(self) -> bool:
        return self._full_feature_names

    @property
    def on_demand_feature_views(self) -> list[OnDemandFeatureView]:
        """What Feast computes from the result, and adds to it."""
        return self._on_demand

    @property
    def metadata(self) -> RetrievalMetadata | None:
        return self._metadata

    def _to_arrow_internal(self, timeout: int | None = None) -> pa.Table:
        return self._query().to_arrow(compat_level=pl.CompatLevel.oldest())

    def _to_df_internal(self, timeout: int | None = None) -> pd.DataFrame:
        return self._to_arrow_internal(timeout).to_pandas()

    def persist(
        self, storage: SavedDatasetStorage, allow_overwrite: bool = False, timeout: int | None = None
    ) -> None:
        """Write the result to a Parquet file, the one storage there is."""
        if not isinstance(storage, SavedDatasetFileStorage):
            raise ValueError("only file storage is supported")
        path = Path(storage.file_options.uri)
        if path.exists() and not allow_overwrite:
            raise FileExistsError(path)
        self._query().write_parquet(path)


class AsOfOfflineStore(DuckDBOfflineStore):  # type: ignore[misc]
    """Point-in-time joins and newest values over Parquet tables, as merges in Polars."""

    supports_filter_by_created_timestamp = False

    @staticmethod
    def get_historical_features(
        config: RepoConfig,
        feature_views: list[FeatureView],
        feature_refs: list[str],
        entity_df: pd.DataFrame | str,
        registry: BaseRegistry,
        project: str,
        full_feature_names: bool = False,
    ) -> RetrievalJob:
        """Join the features as of each row's `event_timestamp`, in the rows' order.

        A value is usable while its age is at most the view's ttl; a null key finds nothing.
        """
        if not isinstance(entity_df, pd.DataFrame):
            raise ValueError("rows are given as a data frame, not as a query")
        rows = entity_df

        def query() -> pl.DataFrame:
            frame = pl.from_pandas(rows).with_columns(pl.col(_AT).cast(pl.Datetime("us", "UTC")))
            return join(
                frame,
                _AT,
                [_lookup(view, feature_refs, full_feature_names, config) for view in feature_views],
            )

        moments = rows[_AT]
        keys = [column for column in rows.columns if column != _AT]
        metadata = RetrievalMetadata(feature_refs, keys, moments.min(), moments.max())
        on_demand = _on_demand(feature_refs, feature_views, registry, project)
        return FrameRetrievalJob(query, full_feature_names, metadata, on_demand)

    @staticmethod
    def pull_latest_from_table_or_query(
        config: RepoConfig,
        data_source: DataSource,
        join_key_columns: list[str],
        feature_name_columns: list[str],
        timestamp_field: str,
        created_timestamp_column: str | None,
        start_date: datetime,
        end_date: datetime,
    ) -> RetrievalJob:
        """The newest row of each key with a timestamp in [start_date, end_date], or that was pushed."""
        stamps = (
            [timestamp_field]
            if created_timestamp_column is None
            else [timestamp_field, created_timestamp_column]
        )
        wanted = [*join_key_columns, *feature_name_columns, *stamps]

        def query() -> pl.DataFrame:
            in_time = pl.col(timestamp_field).is_between(start_date, end_date)
            table = _table(data_source, config).select(wanted).filter(in_time)
            fresh = pushed.waiting(Path(config.repo_path or "."), Path(data_source.path).stem)
            if fresh is not None:  # first, as of two rows of one moment the later one is taken
                table = pl.concat([fresh.lazy().select(wanted), table])
            return latest(table, join_key_columns, timestamp_field, created_timestamp_column)

        return FrameRetrievalJob(query, False, None)


def _table(source: DataSource, config: RepoConfig) -> pl.LazyFrame:
    """The table of a source; a relative path starts at the repository, not at the working directory."""
    if not isinstance(source, FileSource):
        raise ValueError(f"source {source.name} is not a file")
    return pl.scan_parquet(Path(config.repo_path or ".") / source.path)


def _on_demand(
    references: list[str], views: list[FeatureView], registry: BaseRegistry, project: str
) -> list[OnDemandFeatureView]:
    """The on-demand views that are asked for. A run asks for none, and then none is made of the registry."""
    stored = {view.projection.name_to_use() for view in views}
    rest = [reference for reference in references if reference.split(":", 1)[0] not in stored]
    if not rest:
        return []
    found: list[OnDemandFeatureView] = OnDemandFeatureView.get_requested_odfvs(rest, project, registry)
    return found


def _lookup(view: FeatureView, references: list[str], full_names: bool, config: RepoConfig) -> Lookup:
    name = view.projection.name_to_use()
    wanted = [ref.split(":", 1)[1] for ref in references if ref.startswith(f"{name}:")]
    source = view.batch_source
    renamed = view.projection.join_key_map
    return Lookup(
        table=_table(source, config),
        keys={renamed.get(key.name, key.name): key.name for key in view.entity_columns},
        event=source.timestamp_field,
        created=source.created_timestamp_column or None,
        outputs={feature: f"{name}__{feature}" if full_names else feature for feature in wanted},
        ttl=view.ttl or None,
    )
