"""Sources in an S3-compatible store: objects, patterns, a Delta table, lakeFS, and what goes wrong."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from tests.support.read import Reading
from tests.support.servers import OBJECTS, ObjectStore

pytestmark = [pytest.mark.slow, *OBJECTS[1:]]

COLUMNS = "id: {dtype: int64}, amount: {dtype: float64, nullable: true}"
SECRET = "a-secret/that+nobody=sees"


class Store(Reading):
    """A project and a bucket of its own."""

    objects: ObjectStore
    bucket: str

    @property
    def storage(self) -> str:
        secrets = 'key: "${env:KEY}", secret: "${env:SECRET}"'
        return f'storage: {{endpoint: "{self.objects.endpoint}", region: eu-west-1, {secrets}}}'

    def put(self, key: str, text: str) -> None:
        self.objects.files.pipe(f"{self.bucket}/{key}", text.encode())


@pytest.fixture
def store(objects: ObjectStore, tmp_path: Path) -> Store:
    store = Store(tmp_path, environ={"KEY": "reader", "SECRET": SECRET})
    store.objects, store.bucket = objects, objects.bucket()
    store.put("orders/year=2013/a.csv", "id,amount,more\n1,2.5,x\n2,,y\n")
    store.put("orders/year=2014/b.csv", "id,more,amount\n3,x,7\n")
    return store


def test_an_object_is_read_and_a_new_one_in_its_place_is_a_reason(store: Store) -> None:
    store.spec(
        f'kind: csv, path: "s3://{store.bucket}/orders/year=2013/a.csv", {store.storage}', columns=COLUMNS
    )
    assert store.table().equals(pl.DataFrame({"id": [1, 2], "amount": [2.5, None]}))
    store.put("orders/year=2013/a.csv", "id,amount\n1,3.5\n")
    assert store.table()["amount"].to_list() == [3.5]
    written = b"".join(path.read_bytes() for path in store.root.rglob("*") if path.is_file())
    assert SECRET.encode() not in written


def test_a_pattern_of_objects_with_partitions(store: Store) -> None:
    columns = f"{COLUMNS}, year: {{dtype: int64}}"
    store.spec(
        f'kind: csv, path: "s3://{store.bucket}/orders/**/*.csv", hive: true, {store.storage}',
        columns=columns,
    )
    assert store.table().rows() == [(1, 2.5, 2013), (2, None, 2013), (3, 7.0, 2014)]


def test_parquet_has_types_of_its_own(store: Store) -> None:
    frame = pl.DataFrame({"id": [1], "amount": ["much"]})
    with store.objects.files.open(f"{store.bucket}/a.parquet", "wb") as file:
        frame.write_parquet(file)
    source = f'kind: parquet, path: "s3://{store.bucket}/a.parquet", {store.storage}'
    store.spec(source, columns=COLUMNS)
    found = store.refused()
    assert (found.code, found.span.line) == ("MLC820", 3)


def test_a_delta_table(store: Store) -> None:
    import deltalake

    options = {
        "AWS_ENDPOINT_URL": store.objects.endpoint,
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
        "AWS_REGION": "eu-west-1",
        "AWS_ALLOW_HTTP": "true",
    }
    place = f"s3://{store.bucket}/table"
    for number in (1, 2):
        frame = pl.DataFrame({"id": [number], "amount": [1.5]})
        deltalake.write_deltalake(place, frame.to_arrow(), mode="append", storage_options=options)
    store.spec(f'kind: delta, path: "{place}", at_version: 0, {store.storage}', columns=COLUMNS)
    assert store.table()["id"].to_list() == [1]


def test_lakefs_through_its_gateway(store: Store) -> None:
    """The gateway has a repository as a bucket and the ref as the first part of each key."""
    store.put("main/orders/a.csv", "id;amount\n1;-\n")
    store.put("main/orders/b.csv", "id;amount\n2;5\n")
    store.put("v1/orders/a.csv", "id;amount\n9;9\n")
    source = (
        f'kind: lakefs, repository: {store.bucket}, path: "orders/*.csv", delimiter: ";", null_values: ["-"]'
    )
    store.spec(f"{source}, ref: main, {store.storage}", columns=COLUMNS)
    assert store.table().rows() == [(1, None), (2, 5.0)]
    store.spec(f"{source}, ref: v1, {store.storage}", columns=COLUMNS)
    assert store.table().rows() == [(9, 9.0)]


def test_what_is_not_there_and_who_does_not_answer(store: Store) -> None:
    store.spec(f'kind: csv, path: "s3://{store.bucket}/none/*.csv", {store.storage}', columns=COLUMNS)
    assert store.refused().code == "MLC811"
    nobody = store.storage.replace(store.objects.endpoint, "http://127.0.0.1:1")
    store.spec(f'kind: csv, path: "s3://{store.bucket}/a.csv", {nobody}', columns=COLUMNS)
    found = store.refused()
    assert found.code == "MLC827"
    assert SECRET not in found.message
