"""What an author's reasons make of the signs of leakage, and what they leave alone."""

from __future__ import annotations

import polars as pl

from mlcycle.kinds.splits.accepted import Told, told
from mlcycle.kinds.splits.leakage import single_features
from mlcycle.task import CheckResult, Verdict
from tests.kinds.splits.test_leakage import rows

TWINS = ("v.noise", "v.twin", "v.text")


def shuffled(verdict: Verdict, **accepted: str) -> Told:
    check = CheckResult(name="shuffled", verdict=verdict, severity="warn", message="12.0% are older")
    return told(check, accepted)


def test_a_sign_with_a_reason_is_accepted_and_still_says_what_was_found() -> None:
    said = shuffled("fail", shuffled="came in batches")
    assert (said.verdict, said.needless) == ("accepted", ())
    assert said.message == "12.0% are older; accepted: came in batches"


def test_without_a_reason_nothing_changes() -> None:
    said = shuffled("fail", repeated_rows="came in batches")
    assert (said.verdict, said.message, said.needless) == ("fail", "12.0% are older", ())


def test_what_is_accepted_and_not_found_is_told() -> None:
    said = shuffled("pass", shuffled="came in batches")
    assert (said.verdict, said.reasons, said.needless) == ("pass", {}, ("shuffled",))
    assert said.message.endswith("; `accept` names this for nothing: remove it")


def test_what_could_not_be_told_is_not_accepted() -> None:
    said = shuffled("inconclusive", shuffled="came in batches")
    assert (said.verdict, said.message) == ("inconclusive", "12.0% are older")


def test_features_are_accepted_by_name_and_another_one_still_warns() -> None:
    check = single_features(rows(), TWINS, "binary_classification")
    one = told(check, {"single_feature": {"v.twin": "measured before", "v.noise": "as above"}})
    assert (one.verdict, one.needless) == ("fail", ("v.noise",))
    assert one.message.endswith(
        "; accepted: `v.twin`: measured before; `accept` names `v.noise` for nothing: remove it"
    )
    both = told(check, {"single_feature": dict.fromkeys(("v.twin", "v.text"), "measured before")})
    assert both.verdict == "accepted"


def test_no_suspected_feature_is_too_far_down_to_be_seen() -> None:
    many = [f"v.twin{i}" for i in range(12)]
    frame = rows().with_columns(pl.col("v.twin").alias(name) for name in many)
    check = single_features(frame, many, "binary_classification")
    assert told(check, {"single_feature": dict.fromkeys(many[:11], "known")}).verdict == "fail"
    assert told(check, {"single_feature": dict.fromkeys(many, "known")}).verdict == "accepted"
