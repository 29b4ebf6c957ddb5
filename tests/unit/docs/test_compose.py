"""compose.yaml and docker/service/ repeat what other files say: settings, dependencies, ids."""

import os
import re
import subprocess
from typing import Final

import yaml

from tests import ROOT
from zuko.settings import PREFIX, Settings

COMPOSE: Final = (ROOT / "compose.yaml").read_text()


def test_its_variables_are_described_and_its_settings_exist() -> None:
    head = "".join(line for line in COMPOSE.splitlines(keepends=True) if line.startswith("#"))
    used = set(re.findall(r"\$\{(\w+)", COMPOSE))
    assert used == set(re.findall(r"\b[A-Z]+_[A-Z_]+\b", head))
    settings = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    services = yaml.safe_load(COMPOSE)["services"]
    given = {name for service in services.values() for name in service.get("environment", {})}
    assert {name for name in used | given if name.startswith(PREFIX)} <= settings


def test_the_service_and_its_store_know_each_other() -> None:
    """The number of the user is written in five files, and the database trusts it."""
    for name in ("docker/service.Dockerfile", "docker/database.Dockerfile"):
        assert "zuko:x:10001:10001:" in (ROOT / name).read_text()
    assert 'user: "0:10001"' in COMPOSE
    assert "uid=10002,gid=10002" in COMPOSE
    assert "USER 10002:10002" in (ROOT / "docker" / "database.Dockerfile").read_text()


def test_the_image_of_the_service_has_the_locked_dependencies() -> None:
    file = ROOT / "docker" / "service" / "requirements.txt"
    first, _, rest = file.read_text().partition("\n")
    command = first.partition(": ")[2]
    assert command.startswith("uv export --frozen --offline ")
    script = f'. .tools/env && "$UV" {command.removeprefix("uv ")}'
    env = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    locked = subprocess.run(
        ["bash", "-c", script], cwd=ROOT, env=env, capture_output=True, text=True, check=True
    ).stdout
    advice = f"uv.lock has changed: (head -n 1 {file.name}; {command}) >new && mv new {file.name}"
    assert rest.split() == locked.split(), advice


def test_the_manifest_for_kubernetes_is_as_strict() -> None:
    """Nothing here runs it: what can be checked is that it says of each container what compose.yaml says."""
    page = (ROOT / "docs" / "how-to" / "kubernetes.md").read_text()
    (text,) = re.findall(r"^```yaml\n(.*?)^```$", page, flags=re.MULTILINE | re.DOTALL)
    pod = yaml.safe_load(text)["spec"]["template"]["spec"]
    (guard,), (worker,) = pod["initContainers"], pod["containers"]
    services = yaml.safe_load(COMPOSE)["services"]
    for container, service in ((guard, services["guard"]), (worker, services["worker"])):
        context = container["securityContext"]
        assert container["args"] == service["command"]
        assert context["readOnlyRootFilesystem"]
        assert context["capabilities"]["drop"] == service["cap_drop"]
        assert not context["allowPrivilegeEscalation"]
    assert (guard["securityContext"]["runAsUser"], worker["securityContext"]["runAsUser"]) == (0, 10001)
    assert guard["startupProbe"]["exec"]["command"] == services["guard"]["healthcheck"]["test"][1:]
    mounted = {each["name"]: [mount["name"] for mount in each["volumeMounts"]] for each in (guard, worker)}
    assert "engine" in mounted["guard"]
    assert "engine" not in mounted["worker"]
    assert {name for names in mounted.values() for name in names} == {volume["name"] for volume in pod["volumes"]}
