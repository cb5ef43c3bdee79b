from __future__ import annotations

import re

import pytest

from contracts import ErrorCode


def test_codes_are_unique_and_written_alike() -> None:
    values = [code.value for code in ErrorCode.__members__.values()]
    assert len(set(values)) == len(ErrorCode.__members__)
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", value) for value in values)


@pytest.mark.parametrize("code", list(ErrorCode))
def test_every_code_says_whether_to_try_again(code: ErrorCode) -> None:
    assert code.retryable is (code in (ErrorCode.CLOCK_SKEWED, ErrorCode.TRY_LATER))
