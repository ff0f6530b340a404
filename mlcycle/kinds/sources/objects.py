"""Objects of an S3-compatible store, through fsspec."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import fsspec
from botocore.exceptions import BotoCoreError, ClientError

from mlcycle.kinds.sources.patterns import is_pattern
from mlcycle.task import WorkError

_TIMEOUTS = {"connect_timeout": 10, "read_timeout": 60, "retries": {"max_attempts": 2}}
_SHOWN = 16


def version(config: Mapping[str, Any], root: Path) -> str:
    """A digest of the names, sizes and entity tags of the objects."""
    with _told(config):
        listed = [
            [name, found.get("size"), found.get("ETag")]
            for name, found in _listed(_store(config), config).items()
        ]
    return hashlib.sha256(json.dumps(listed).encode()).hexdigest()[:_SHOWN]


def fetched(config: Mapping[str, Any], folder: Path) -> dict[str, Path]:
    """Name -> file for every object, copied below `folder`; raises WorkError MLC811 where there is none."""
    with _told(config):
        store = _store(config)
        made: dict[str, Path] = {}
        for number, name in enumerate(_listed(store, config)):
            made[name] = folder / f"{number}{Path(name).suffix}"
            store.get_file(name, str(made[name]))
    return made


def _store(config: Mapping[str, Any]) -> Any:
    given: Mapping[str, str] = config["connect"]
    client = {"region_name": given["region"]} if "region" in given else {}
    return fsspec.filesystem(
        "s3",
        key=given.get("key"),
        secret=given.get("secret"),
        endpoint_url=given.get("endpoint"),
        client_kwargs=client,
        config_kwargs=_TIMEOUTS,
        use_listings_cache=False,
        skip_instance_cache=True,
    )


def _listed(store: Any, config: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Name -> what the store says of it, in order of the names."""
    path: str = config["path"]
    key = path.removeprefix("s3://")
    found = store.glob(key, detail=True) if is_pattern(key) else {key: store.info(key)}
    objects = {name: about for name, about in sorted(found.items()) if about.get("type") == "file"}
    if not objects:
        raise _absent(config)
    return objects


@contextmanager
def _told(config: Mapping[str, Any]) -> Iterator[None]:
    """What the store says, as the author's mistake."""
    try:
        yield
    except FileNotFoundError:
        raise _absent(config) from None
    except (OSError, BotoCoreError, ClientError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        message = f"`{config['path']}` cannot be reached: {reason}"
        raise WorkError("MLC827", message, step="read") from None


def _absent(config: Mapping[str, Any]) -> WorkError:
    help = "look at the bucket, the key and the `endpoint` of the store"
    return WorkError("MLC811", f"there is no object like `{config['path']}`", step="read", help=help)
