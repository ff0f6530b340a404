"""All traffic at once."""

from __future__ import annotations

from typing import Literal

from mlcycle.graph.node import Config
from mlcycle.kinds.interface import RolloutKind, Setting


class Spec(RolloutKind):
    """Puts a version that passed its gates and its replay in the champion's place at once."""

    kind: Literal["instant"]

    def plan(self, setting: Setting) -> Config:
        return {"kind": self.kind}
