"""What tests of the classroom share."""

import pytest

from tests.classroom import postgresql as server


@pytest.fixture(scope="session")
def postgresql():
    """A real PostgreSQL, for gradebooks."""
    place = server.programs()
    if place is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    with server.running(place) as running:
        yield running
