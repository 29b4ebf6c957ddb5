"""Containers that outlive their owners."""

import docker
from zuko.engine.engine import LABEL, OWNER_LABEL, STANDBY_LABEL
from zuko.engine.owner import owner_is_gone


def orphans(client: docker.DockerClient, *, created_ahead: bool = True) -> list[str]:
    """Return containers of ours whose owner has ended. Those of other services on this machine are left out.

    Args:
        client: of their engine.
        created_ahead: also return those that were created for a later start.
    """
    found = client.api.containers(all=True, filters={"label": LABEL})
    if not created_ahead:
        found = [each for each in found if each["State"] != "created" or STANDBY_LABEL not in each["Labels"]]
    return [container["Id"] for container in found if owner_is_gone(container["Labels"][OWNER_LABEL])]
