"""Feast's registry file, written so that no crash leaves half of one."""

from __future__ import annotations

import os
import tempfile
import uuid
from pathlib import Path

from feast.infra.registry.file import FileRegistryStore
from feast.protos.feast.core.Registry_pb2 import Registry
from feast.utils import _utc_now

from mlcycle.adapters.feast.repository import DRAFTS


class AtomicRegistryStore(FileRegistryStore):  # type: ignore[misc]
    """A registry file that is replaced as a whole and that only its owner can read or write.

    Feast's own store opens the file for writing in place: a process killed then leaves a registry that no
    process can read again.
    """

    def _write_registry(self, registry_proto: Registry) -> None:
        target = Path(self._filepath)
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = _private_draft(target)
        try:
            draft.write_bytes(_stamped(registry_proto).SerializeToString())
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)


def _stamped(registry_proto: Registry) -> Registry:
    """With the version by which readers notice a change, as Feast's own store does."""
    registry_proto.version_id = str(uuid.uuid4())
    registry_proto.last_updated.FromDatetime(_utc_now())
    return registry_proto


def _private_draft(target: Path) -> Path:
    """An empty file beside `target`, of mode 0600."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=DRAFTS)
    os.close(handle)
    return Path(name)
