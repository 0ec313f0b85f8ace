"""Fixtures of the sandbox's own tests."""

from collections.abc import Iterator

import pytest

from app.sandbox.box import Sandbox
from tests.sandbox.client import Stage, build_stage, new_box


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with new_box() as running:
        yield running


@pytest.fixture
def stage(box: Sandbox) -> Stage:
    return build_stage(box)
