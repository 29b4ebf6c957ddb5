"""The paths of requests."""

from starlette.types import Scope


def path_of(scope: Scope) -> str:
    """Return the path of a request as our routes have it: without what a proxy or a custom domain puts before that."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


def from_outside(scope: Scope, path: str) -> str:
    """Return one of our paths as the client of a request has to ask for it."""
    return f"{scope.get('root_path', '')}{path}"
