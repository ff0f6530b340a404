"""What the kinds of rollouts lower to is a plan that the state machine walks."""

from __future__ import annotations

from typing import Any

from mlcycle.kinds.interface import RolloutKind, Setting
from mlcycle.language.kinds import find_kinds
from mlcycle.rollout.codec import decode_plan
from mlcycle.rollout.plan import Analysis, Plan, Stage

KINDS = find_kinds(())
BINARY = Setting(task="binary_classification", has_timestamp=True)
REGRESSION = Setting(task="regression", has_timestamp=True)


def plan(spec: dict[str, Any], setting: Setting = BINARY) -> Plan:
    kind = KINDS.make("rollouts", spec)
    assert isinstance(kind, RolloutKind)
    assert list(kind.mistakes(setting)) == []
    return decode_plan(kind.plan(setting))


def test_instant_has_no_stages() -> None:
    assert plan({"kind": "instant"}) == Plan(kind="instant")


def test_a_canary_as_written() -> None:
    found = plan(
        {
            "kind": "canary",
            "sticky_by": "flight_id",
            "steps": (
                {"weight": "5%", "min_duration": "1h", "min_requests": 1000},
                {"weight": "25%", "min_requests": 600},
                {"weight": "100%"},
            ),
            "analysis": (
                {"kind": "error_rate", "max_increase": "1%"},
                {"kind": "latency", "max_increase": "50%"},
                {"kind": "latency", "quantile": "90%", "max_increase": "20%", "confidence": "99%"},
            ),
            "deadline": "24h",
        }
    )
    assert found == Plan(
        kind="canary",
        stages=(
            Stage(weight=0.05, min_requests=1000, min_duration_seconds=3600),
            Stage(weight=0.25, min_requests=600),
            Stage(weight=1.0, min_requests=470),
        ),
        analyses=(
            _analysis("error_rate", max_increase=0.01, confidence=0.95),
            _analysis("latency", max_increase=0.5, quantile=0.99, confidence=0.95),
            _analysis("latency", 2, max_increase=0.2, quantile=0.9, confidence=0.99),
        ),
        deadline_seconds=86_400,
        sticky_by="flight_id",
    )


def test_what_is_compared_if_nothing_is_said() -> None:
    steps = ({"weight": "10%"},)
    decisions = plan({"kind": "canary", "steps": steps})
    values = plan({"kind": "canary", "steps": steps}, REGRESSION)
    assert [one.name for one in decisions.analyses] == ["error_rate", "latency", "disagreement"]
    assert [one.name for one in values.analyses] == ["error_rate", "latency"]
    assert decisions.stages[0].min_requests == 470


def _analysis(kind: str, number: int = 1, **config: float) -> Analysis:
    name = kind if number == 1 else f"{kind}.{number}"
    return Analysis(name=name, work=f"mlcycle.kinds.analyses.{kind}.work:judge", config=config)
