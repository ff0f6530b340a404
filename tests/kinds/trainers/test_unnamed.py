"""Columns that are called after values of personal features are shown without them."""

from __future__ import annotations

from mlcycle.kinds.trainers.unnamed import distinct, shown, summed

PERSONAL = ("visit.name", "visit.name_of_dog")


def test_a_column_called_after_a_value_is_shown_without_it() -> None:
    assert shown("visit.name_Ann", PERSONAL) == "visit.name (not shown)"
    assert shown("visit.name_of_dog_Rex", PERSONAL) == "visit.name_of_dog (not shown)"
    assert shown("visit.name", PERSONAL) == "visit.name"
    assert shown("visit.shop_s1", PERSONAL) == "visit.shop_s1"


def test_they_share_a_line_and_their_gain() -> None:
    shares = {"visit.shop_s1": 0.4, "visit.name_Ann": 0.35, "visit.name_Bea": 0.25}
    assert list(summed(shares, PERSONAL).items()) == [("visit.name (not shown)", 0.6), ("visit.shop_s1", 0.4)]
    assert distinct(shares, PERSONAL) == ["visit.shop_s1", "visit.name (not shown)"]
    assert distinct(shares, ()) == list(shares)
