"""What a service is told by its environment."""

from __future__ import annotations

from datetime import datetime

import pytest

from mlcycle.serving.settings import API_KEYS, NOW, DeploymentError, deployment


@pytest.mark.parametrize("text", ["", " ", ",", " , "])
def test_keys_that_are_none_never_open_a_service(text: str) -> None:
    with pytest.raises(DeploymentError):
        deployment({API_KEYS: text})


def test_keys_are_separated_by_commas_and_none_is_open() -> None:
    assert deployment({API_KEYS: "first, second,"}).api_keys == ("first", "second")
    assert deployment({}).api_keys == ()


def test_a_fixed_time_is_brought_to_utc() -> None:
    assert deployment({NOW: "2013-12-31T22:30:00-05:00"}).now == datetime(2014, 1, 1, 3, 30)
    with pytest.raises(DeploymentError):
        deployment({NOW: "yesterday"})
