"""Reads of the online store, in which Feast lets every value live for ever."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from mlcycle.adapters.feast.values import from_feast, full_name, polars_type
from mlcycle.ports import ViewTable

if TYPE_CHECKING:
    from feast import FeatureStore

#: Keys a call: SQLite takes 32,766 parameters a query.
_CHUNK = 5_000
#: What Feast appends to a feature's name for its event timestamp, in seconds.
_TIMESTAMP = "__ts"


def read(
    store: FeatureStore, view: ViewTable, features: Sequence[str], keys: pl.DataFrame, now: datetime
) -> pl.DataFrame:
    """`view__feature` columns for each row of `keys`, in their order; null where nothing usable is known.

    A value is usable while `now` minus its event timestamp is at most the view's ttl; Feast keeps that
    timestamp in whole seconds. A null key finds nothing.
    """
    names = [name for name, _ in view.keys]
    schema = {
        full_name(view.name, name): polars_type(dtype) for name, dtype in view.features if name in features
    }
    asked = keys.select(names).drop_nulls().unique(maintain_order=True)
    found = [
        _read(store, view, schema, asked.slice(start, _CHUNK), now)
        for start in range(0, asked.height, _CHUNK)
    ]
    known = pl.concat([asked.clear().with_columns(_nulls(schema)), *found])
    joined = keys.select(names).join(known, on=names, how="left", maintain_order="left")
    return joined.select(full_name(view.name, name) for name in features)


def moments(store: FeatureStore, view: ViewTable, keys: pl.DataFrame) -> pl.DataFrame:
    """The keys with the `event_timestamp` of what the store has for each, to the second; 1970 for nothing."""
    names = [name for name, _ in view.keys]
    first = view.features[0][0]
    asked = keys.select(names)
    found: list[Any] = []
    for start in range(0, asked.height, _CHUNK):
        response = store.get_online_features(
            features=[f"{view.name}:{first}"],
            entity_rows=asked.slice(start, _CHUNK).to_dict(as_series=False),
            full_feature_names=True,
        ).to_dict(include_event_timestamps=True)
        found += response[f"{full_name(view.name, first)}{_TIMESTAMP}"]
    seconds = pl.Series(found, dtype=pl.Float64).cast(pl.Int64)
    moment = (seconds * 1_000_000).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    return asked.with_columns(event_timestamp=moment)


def write(store: FeatureStore, view: str, rows: pl.DataFrame) -> None:
    """Put rows in place of those of their keys.

    Feast's `write_to_online_store` would leave out rows that are null in every feature.
    """
    frame = rows.to_pandas(use_pyarrow_extension_array=True)
    store._get_provider().ingest_df(store.get_feature_view(view), frame)


def _read(
    store: FeatureStore, view: ViewTable, schema: Mapping[str, pl.DataType], keys: pl.DataFrame, now: datetime
) -> pl.DataFrame:
    prefix = full_name(view.name, "")
    response = store.get_online_features(
        features=[f"{view.name}:{column.removeprefix(prefix)}" for column in schema],
        entity_rows=keys.to_dict(as_series=False),
        full_feature_names=True,
    ).to_dict(include_event_timestamps=True)
    found = keys.with_columns(
        from_feast(response[column], dtype).alias(column) for column, dtype in schema.items()
    )
    if view.ttl_seconds is None:
        return found
    oldest = now.timestamp() - view.ttl_seconds
    stamps = {column: pl.Series(response[f"{column}{_TIMESTAMP}"], dtype=pl.Float64) for column in schema}
    return found.with_columns(
        pl.when(stamps[column] >= oldest).then(pl.col(column)).alias(column) for column in schema
    )


def _nulls(schema: Mapping[str, pl.DataType]) -> list[pl.Expr]:
    return [pl.lit(None, dtype=dtype).alias(column) for column, dtype in schema.items()]
