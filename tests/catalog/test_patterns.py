"""Patterns of stars: they decide as Python's engine does, and no pattern takes long."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineagraph.catalog.patterns import matches
from lineagraph.sql.projections import like_pattern

LONG = "a" * 60 + "b"


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+$",
        "(a|a)*$",
        "((a?)+)+$",
        "(?:a*){20}$",
        "a*a*a*a*a*a*a*a*c",
        "a?" * 40 + "a" * 40,
        "(a|b|ab)(a|b|ab)(a|b|ab)(a|b|ab)(a|b|ab)(a|b|ab)(a|b|ab)(a|b|ab)(a|b|ab)(a|b|ab)(a|b|ab)(a|b|ab)(a|b|ab)x",
        "((((((((((a*)*)*)*)*)*)*)*)*)*b",
        "(" * 5000,
        "(((",
    ],
)
def test_what_could_take_for_ever_fits_everything(pattern: str) -> None:
    began = time.process_time()
    assert matches(pattern, LONG)
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        ("[a-z]+_id", "order_id", True),
        ("[a-z]+_id", "order_no", False),
        (".*(?:a.*b).*", "xxaxxbxx", True),
        (".*(?:a.*b).*", "xxbxxaxx", False),
        ("(?i)" + "|".join(f"column{n}" for n in range(60)), "COLUMN59", True),
        ("(?i)" + "|".join(f"column{n}" for n in range(60)), "column60", False),
        ("(" + "|".join(f"c{n}" for n in range(60)) + ")_x", "c60_x", False),
        (r"a\(b\)[)(|*]", "a(b)*", True),
        ("", "anything", True),
    ],
)
def test_patterns_decide(pattern: str, name: str, fits: bool) -> None:
    assert matches(pattern, name) is fits


def test_a_like_pattern_of_many_parts_is_quick() -> None:
    began = time.process_time()
    assert not matches(like_pattern("%a" * 20 + "%b%c", ignore_case=True), LONG)
    assert time.process_time() - began < 1


@given(st.text("ab%_.", max_size=8), st.text("aAb.", max_size=9))
def test_like_patterns_mean_what_like_means(like: str, name: str) -> None:
    plain = "".join(".*" if c == "%" else "." if c == "_" else re.escape(c) for c in like)
    expected = re.fullmatch(plain, name, re.IGNORECASE) is not None if like else True
    if like:
        assert matches(like_pattern(like, ignore_case=True), name) is expected
