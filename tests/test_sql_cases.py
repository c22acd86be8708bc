"""Every golden case of `tests/sql_cases` holds."""

from __future__ import annotations

import pytest

from tests.sql_cases.reader import Case, all_cases, check


def test_there_are_enough_cases():
    assert len(all_cases()) >= 400


@pytest.mark.parametrize("case", all_cases(), ids=str)
def test_case(case: Case):
    problems = check(case)
    assert not problems, "\n".join([str(case), case.sql, *problems])
