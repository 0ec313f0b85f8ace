import time

import pytest

from app.core.linear_regex import RegexError, compile_regex


@pytest.mark.parametrize(
    ("expression", "text", "found", "is_all"),
    [
        pytest.param("b+", "abbc", True, False, id="somewhere inside"),
        pytest.param("^a.c$", "abc", True, True, id="the whole text"),
        pytest.param("x", "abc", False, False, id="nowhere"),
        pytest.param("a.", "a\udcff", True, True, id="bytes that were no UTF-8"),
    ],
)
def test_regex(expression, text, found, is_all):
    regex = compile_regex(expression)

    assert (regex.found_in(text), regex.is_all_of(text)) == (found, is_all)


@pytest.mark.parametrize("expression", ["(", "(?=a)", r"(a)\1", "a{2000}"])
def test_what_re2_does_not_know_is_refused_with_a_reason(expression):
    with pytest.raises(RegexError, match=r".+: .+"):
        compile_regex(expression)


def test_C29_nested_repetition_takes_linear_time():
    started = time.process_time()

    assert not compile_regex("(a*)*b").found_in("a" * 100_000)
    assert time.process_time() - started < 2
