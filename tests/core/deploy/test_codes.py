"""Codes of deployments: each has its sentence, and a place in the page on deployments."""

import pytest

from app.core.deploy.codes import MEANING, Code, code_table


@pytest.mark.parametrize("code", Code)
def test_every_code_has_a_sentence_and_an_anchor(code):
    assert MEANING[code].endswith(".")
    assert code_table().count(f'<a id="{code}"></a>') == 1
