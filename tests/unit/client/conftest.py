"""Each test of a client is one of both."""

import pytest

from tests.unit.client.faces import FACES, Face


@pytest.fixture(params=FACES)
def face(request: pytest.FixtureRequest) -> Face:
    found: Face = FACES[request.param]
    return found
