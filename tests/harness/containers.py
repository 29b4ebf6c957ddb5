"""Containers that outlive their owners."""

import docker
from tests.harness.waiting import wait_for
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


def wait_for_orphans_to_end(client: docker.DockerClient, timeout_s: float, *, created_ahead: bool = True) -> None:
    """Wait for the end of the containers that have no owner at this moment; other tests may kill owners meanwhile."""
    left = {*orphans(client, created_ahead=created_ahead)}
    wait_for(lambda: not left & {*orphans(client)}, timeout_s, "every sandbox without an owner to be removed")


def runs_program(client: docker.DockerClient, container_id: str) -> bool:
    """Return whether a program runs in a sandbox, beside zuko-init, the init of a box and a warm runtime.

    A program is the child of its box's init, which is a child of zuko-init, and is named like that until its start;
    without boxes, it is a child of zuko-init.
    """
    top = client.api.top(container_id)
    own, parent, command = (top["Titles"].index(title) for title in ("PID", "PPID", "CMD"))
    parents = {row[own]: row[parent] for row in top["Processes"]}
    begun = {row[own] for row in top["Processes"] if "zuko-init" not in row[command]}
    (first,) = [pid for pid, its_parent in parents.items() if its_parent not in parents]
    children = {pid for pid, its_parent in parents.items() if its_parent == first}
    if "namespaces" not in client.api.inspect_container(container_id)["Args"]:
        return bool(children)
    return any(pid in begun and its_parent in children for pid, its_parent in parents.items())
