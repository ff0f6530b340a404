"""XGBoost's own format, for scoring many rows at once."""

from __future__ import annotations

from typing import Literal

from mlcycle.language.slots import PackageSpec


class Spec(PackageSpec):
    """XGBoost's own format, for scoring many rows at once."""

    kind: Literal["ubj"]
