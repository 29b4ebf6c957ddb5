"""The paths of requests."""

from starlette.types import Scope


def path_of(scope: Scope) -> str:
    """Return the path of a request as our routes have it: without what a proxy or a custom domain puts before that."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))
