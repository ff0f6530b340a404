"""Columns that are called after values of personal features, and messages that quote them."""

from __future__ import annotations

import numpy as np

from mlcycle.kinds.preprocess.unnamed import Shown, unquoted

NAME, DOG, SHOP = "visit.name", "visit.name_of_dog", "visit.shop"
COLUMNS = {
    "visit.name_Ann": (NAME, DOG),
    "visit.name_Bea": (NAME, DOG),
    "visit.name_of_dog_Rex": (NAME, DOG),
    "Cid": (NAME, DOG),
    "visit.shop_s1": (SHOP,),
    "visit.name_length": ("visit.name_length",),
}
SHOWN = Shown(made_of=COLUMNS, personal=(NAME, DOG))


def test_a_column_called_after_a_value_is_shown_without_it() -> None:
    assert SHOWN.of("visit.name_Ann") == "visit.name (not shown)"
    assert SHOWN.of("visit.name_of_dog_Rex") == "visit.name_of_dog (not shown)"
    assert Shown(made_of={NAME: (NAME,)}, personal=(NAME,)).of(NAME) == NAME


def test_whatever_a_step_calls_it() -> None:
    assert SHOWN.of("Cid") == "visit.name (not shown)"
    assert SHOWN.of("named by a trainer") == "visit.name (not shown)"
    assert Shown(made_of=COLUMNS).of("named by a trainer") == "named by a trainer"


def test_what_is_made_of_other_features_is_shown() -> None:
    assert SHOWN.of("visit.shop_s1") == "visit.shop_s1"
    assert SHOWN.of("visit.name_length") == "visit.name_length"
    mixed = Shown(made_of={"visit.shop_s1": (SHOP, NAME)}, personal=(NAME,))
    assert mixed.of("visit.shop_s1") == "visit.shop_s1"


def test_they_share_a_line_and_their_gain() -> None:
    shares = {"visit.shop_s1": 0.4, "visit.name_Ann": 0.35, "visit.name_Bea": 0.25}
    assert list(SHOWN.summed(shares).items()) == [("visit.name (not shown)", 0.6), ("visit.shop_s1", 0.4)]
    assert SHOWN.distinct() == [
        "visit.name (not shown)",
        "visit.name_of_dog (not shown)",
        "visit.shop_s1",
        "visit.name_length",
    ]
    assert Shown(made_of=COLUMNS).distinct() == list(COLUMNS)


def test_a_message_with_a_value_is_not_repeated() -> None:
    texts = np.array([["Ann", ""], ["Bea", "Rex"]], dtype=object)
    assert unquoted("not a float: 'Rex'", texts) == "its message quotes a value (not shown)"
    assert unquoted("text has no mean", texts) == "text has no mean"
    numbers = np.array([[90001.5, np.nan]], dtype=np.float32)
    assert unquoted("90001.5 is too much", numbers) == "its message quotes a value (not shown)"
    assert unquoted("a column needs two different values", numbers) == "a column needs two different values"
