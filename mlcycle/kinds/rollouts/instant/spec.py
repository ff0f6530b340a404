"""All traffic at once."""

from __future__ import annotations

from typing import Literal

from mlcycle.language.slots import RolloutSpec


class Spec(RolloutSpec):
    """Puts a version that passed its gates and its replay in the champion's place at once."""

    kind: Literal["instant"]
