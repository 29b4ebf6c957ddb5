"""Programs that are forked from a warm interpreter, through the service."""

from typing import Final

import psutil

import docker
from tests.harness.server import MakeServer, Server

# Prints whether the process was forked and has executed nothing (PF_FORKNOEXEC), as after a warm start.
IS_WARM: Final = """
fields = open("/proc/self/stat").read().rpartition(")")[2].split()
print(int(fields[6]) & 0x40 != 0, hash("text"))
"""


def starts(server: Server) -> list[list[str]]:
    """Return whether each of some programs was started warm, and a hash, which depends on the interpreter's start."""
    return [server.execute(IS_WARM)["stdout"].split() for _ in range(4)]


def test_programs_are_started_warm(own_server: MakeServer) -> None:
    found = starts(own_server(ZUKO_CONCURRENCY="1", ZUKO_READY_SANDBOXES="1"))
    assert {warm for warm, _ in found} == {"True"}
    assert len({seed for _, seed in found}) == 1


def test_a_setting_starts_all_programs_cold(own_server: MakeServer) -> None:
    found = starts(own_server(ZUKO_WARM_START="false", ZUKO_CONCURRENCY="1", ZUKO_READY_SANDBOXES="1"))
    assert {warm for warm, _ in found} == {"False"}
    assert len({seed for _, seed in found}) == 4


def test_interpreters_that_are_killed_cost_no_submission(
    own_server: MakeServer, docker_client: docker.DockerClient
) -> None:
    """Its sandbox ends after one more run, and programs that it does not begin run in another."""
    server = own_server(ZUKO_CONCURRENCY="1", ZUKO_READY_SANDBOXES="2")
    inits = [docker_client.api.inspect_container(each)["State"]["Pid"] for each in server.containers(docker_client)]
    killed = [child for init in inits if init for child in psutil.Process(init).children()[:1]]
    for child in killed:  # started before the init of the next run's namespaces
        child.kill()
    assert killed
    for number in range(8):
        response = server.execute(f"print({number})")
        assert (response["status"], response["stdout"]) == ("OK", f"{number}\n"), response
