"""docs/reference/api.md says what the contract says: routes; its tables are generated."""

from tests.harness.pages import API, PAGES_OF_THE_API, coded, table
from zuko.api.app import create_app
from zuko.settings import Settings


def test_every_route_is_documented() -> None:
    """The app's routes and those of api.md are the same."""
    paths = create_app(Settings()).openapi()["paths"]
    served = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    documented = {tuple(coded(row[0])[0].split()) for row in table(API, "route")}
    assert documented == served | PAGES_OF_THE_API
