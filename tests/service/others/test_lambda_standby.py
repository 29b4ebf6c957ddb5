"""The sandbox that the function keeps ready, and what becomes of it when it, its host or its connection goes."""

import contextlib
import re
import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

import docker
from tests.harness.dockerd import NEEDS_DOCKERD
from tests.harness.emulator import HELLO, Emulator, answer, containers, execute, http_event, one_of_each, program
from tests.harness.relay import UnixRelay
from tests.harness.tls_engine import TlsEngine
from tests.harness.waiting import wait_for
from zuko.engine.engine import LABEL

pytestmark = NEEDS_DOCKERD

CONTAINER = {"ZUKO_ISOLATION": "container"}  # each submission uses a sandbox up


def test_the_engine_works_while_the_function_is_frozen(docker_client: docker.DockerClient) -> None:
    """The replacement was asked for before the answer: it runs although we do nothing any more."""
    with Emulator(CONTAINER) as function:
        execute(function, "print(1)")
        created, _ = one_of_each(docker_client, function)
        execute(function, "print(2)")
        with function.frozen():
            wait_for(lambda: docker_client.api.inspect_container(created)["State"]["Running"], 5, "the replacement")
        assert execute(function, "print(3)")["stdout"] == "3\n"


def test_one_that_has_gone_is_replaced_within_the_request(docker_client: docker.DockerClient) -> None:
    with Emulator(CONTAINER) as function:
        execute(function, "print(1)")
        for _ in range(3):
            one_of_each(docker_client, function)
            with function.frozen():
                for each in containers(docker_client, function):
                    with contextlib.suppress(docker.errors.APIError):  # it ends when its start was asked for
                        docker_client.api.remove_container(each["Id"], force=True)
            response = execute(function, "print('whole')")
            assert (response["status"], response["stdout"]) == ("OK", "whole\n")


@pytest.fixture
def relay() -> Iterator[UnixRelay]:
    with UnixRelay() as running:
        yield running


def test_the_engine_is_not_asked_on_the_hot_path(relay: UnixRelay, docker_client: docker.DockerClient) -> None:
    """Between the request and the program's end the engine is not contacted; later it starts the next sandbox."""
    with Emulator({"DOCKER_HOST": f"unix://{relay.path}", **CONTAINER}) as function:
        execute(function, "print(1)")
        one_of_each(docker_client, function)
        relay.asked.clear()
        seen: list[list[str]] = []
        thread = threading.Thread(
            target=lambda: seen.append([execute(function, "import time; time.sleep(1)")["status"]])
        )
        thread.start()
        time.sleep(0.8)
        assert relay.asked == []
        thread.join()
        assert seen == [["OK"]]
        wait_for(lambda: relay.asked, 5, "the start to be asked for")
        assert re.fullmatch(r"POST /v1\.\d+/containers/ID/start", relay.asked[0])


def test_a_cell_that_has_gone_is_replaced_within_the_request(docker_client: docker.DockerClient) -> None:
    with Emulator() as function:
        execute(function, "print(1)")
        for _ in range(2):
            with function.frozen():
                for each in containers(docker_client, function):
                    with contextlib.suppress(docker.errors.APIError):  # it ends by itself meanwhile
                        docker_client.api.remove_container(each["Id"], force=True)
            response = execute(function, "print('whole')")
            assert (response["status"], response["stdout"]) == ("OK", "whole\n")


def test_a_cell_needs_no_call_at_all(relay: UnixRelay, docker_client: docker.DockerClient) -> None:
    env = {"DOCKER_HOST": f"unix://{relay.path}", "ZUKO_CELL_MAX_SUBMISSIONS": "100"}
    with Emulator(env) as function:
        execute(function, "print(1)")
        one_of_each(docker_client, function)
        relay.asked.clear()
        for number in range(5):
            assert execute(function, f"print({number})")["stdout"] == f"{number}\n"
        assert relay.asked == []


@pytest.mark.parametrize("pause_s", [0, 3])
def test_a_cut_connection_while_it_was_frozen(
    relay: UnixRelay, docker_client: docker.DockerClient, pause_s: int
) -> None:
    with Emulator({"DOCKER_HOST": f"unix://{relay.path}"}) as function:
        execute(function, "print(1)")
        one_of_each(docker_client, function)
        with function.frozen():
            relay.cut()
            time.sleep(pause_s)  # a pause is what makes it ask before it believes
        response = execute(function, "print('whole')")
        assert (response["status"], response["stdout"]) == ("OK", "whole\n")


def test_an_engine_that_hangs_keeps_no_answer(relay: UnixRelay, docker_client: docker.DockerClient) -> None:
    """The program has run: a response does not wait for what the engine does afterwards."""
    env = {"DOCKER_HOST": f"unix://{relay.path}"}
    with Emulator(env, timeout_s=12, handler="tests.harness.stale_soon.handler") as function:
        wait_for(lambda: b'"OK' in function.invoke_raw(HELLO).content, 30, "a first answer")
        one_of_each(docker_client, function)
        time.sleep(2)  # from now on the engine would be asked on a new connection
        relay.hangs = True
        started = time.monotonic()
        assert execute(function, "print(1)")["stdout"] == "1\n"
        assert time.monotonic() - started < 2
        response = function.invoke(program("print(2)"))  # its sandbox was asked for on a connection that still works
        assert (response["stdout"] or response["reason"]) in {"2\n", "engine_unavailable"}


def test_a_cut_connection_in_mid_run(relay: UnixRelay, docker_client: docker.DockerClient) -> None:
    """The program had begun: it is not run again, and the failure is ours."""
    with Emulator({"DOCKER_HOST": f"unix://{relay.path}"}) as function:
        execute(function, "print(1)")
        response: list[dict[str, Any]] = []
        thread = threading.Thread(
            target=lambda: response.append(execute(function, "import time; time.sleep(3)", timeout=5))
        )
        thread.start()
        time.sleep(1.5)
        relay.cut()
        thread.join()
        assert (response[0]["status"], response[0]["reason"]) == ("ERROR", "sandbox_error")
        assert execute(function, "print('again')")["stdout"] == "again\n"


def test_killed_in_mid_run(remote: dict[str, str], remote_client: docker.DockerClient) -> None:
    """No sandbox outlives an environment that Lambda ends, and the next environment removes the created one."""
    with Emulator(remote) as function:
        execute(function, "print(1)")
        one_of_each(remote_client, function)
        before = {each["Id"] for each in containers(remote_client, function)}
        event = http_event(body=program("import time; time.sleep(8)", timeout=9))
        thread = threading.Thread(target=_quietly, args=(function, event))
        thread.start()
        time.sleep(1)
        function.signal(signal.SIGKILL)
        thread.join()

    def left(state: str) -> set[str]:
        found = remote_client.api.containers(all=True, filters={"label": LABEL})
        return before & {each["Id"] for each in found if each["State"] == state}

    wait_for(lambda: not left("running"), 5, "every sandbox of it to end")
    with Emulator(remote) as successor:
        execute(successor, "print(1)")
        wait_for(lambda: not left("created"), 10, "what it had created to be removed")


def _quietly(function: Emulator, event: object) -> None:
    with contextlib.suppress(Exception):  # it is killed meanwhile
        function.invoke(event)


def test_no_docker_host() -> None:
    with Emulator({"DOCKER_HOST": "unix:///nowhere/docker.sock"}) as function:
        response = answer(function.invoke(http_event(body=HELLO)), 503)
        assert (response["status"], response["reason"]) == ("ERROR", "engine_unavailable")
        unreachable = [line for line in function.lines() if "HostUnreachable" in line]
        assert unreachable, function.lines()
        assert unreachable[0]["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["service"]]
        assert function.invoke(HELLO)["reason"] == "engine_unavailable"
        assert function.invoke(http_event("/readyz", method="GET"))["statusCode"] == 503
        assert function.invoke(http_event("/healthz", method="GET"))["statusCode"] == 200


def test_a_docker_host_that_comes_back() -> None:
    """All its sandboxes are gone; the next request gets a new one on a new connection."""
    with TlsEngine() as engine:
        env = {"DOCKER_HOST": engine.host, "DOCKER_CERT_PATH": str(engine.certs)}
        with Emulator(env) as function:
            assert execute(function, "print(1)")["stdout"] == "1\n"
            engine.kill()
            response = function.invoke(HELLO)
            assert (response["status"], response["reason"]) in [
                ("ERROR", "engine_unavailable"),
                ("ERROR", "sandbox_error"),
            ]
            assert function.invoke(HELLO)["reason"] == "engine_unavailable"
            engine.start()
            assert function.invoke(HELLO)["stdout"] == "Hello Zuko\n"


def test_plain_tcp_is_refused() -> None:
    with Emulator({"DOCKER_HOST": "tcp://127.0.0.1:2375"}) as function:
        response = answer(function.invoke(http_event(body=HELLO)), 503)
        assert "ZUKO_ALLOW_PLAIN_TCP" in response["message"]
