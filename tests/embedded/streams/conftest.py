import pytest

from servicelab.embedded.core import Core, fresh_core


@pytest.fixture
def core() -> Core:
    return fresh_core(seed=1)
