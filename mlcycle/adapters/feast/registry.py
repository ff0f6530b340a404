"""Feast's registry file, written so that no crash leaves half of one, and without a pickle in it."""

from __future__ import annotations

import os
import tempfile
import uuid
from pathlib import Path

from feast.protos.feast.core.Registry_pb2 import Registry
from feast.utils import _utc_now

from mlcycle.adapters.feast.repository import DRAFTS
from mlcycle.serving.feast_registry import GuardedRegistryStore, forget_pickles, refuse_code


class AtomicRegistryStore(GuardedRegistryStore):
    """A registry file that is replaced as a whole and that only its owner can read or write.

    Feast's own store opens the file for writing in place: a process killed then leaves a registry that no
    process can read again. What is read and what is written holds no code but calls of ours with data.
    """

    def _write_registry(self, registry_proto: Registry) -> None:
        target = Path(self._filepath)
        forget_pickles(registry_proto)
        refuse_code(registry_proto, target)
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
