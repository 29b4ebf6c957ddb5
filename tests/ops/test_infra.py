"""The linters of the templates and of the scripts, and the record that leads to the Docker hosts."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import boto3
import pytest
from moto import mock_aws

from tests import ROOT
from tests.harness.templates import TEMPLATES, load

pytestmark = pytest.mark.long(30)

SCRIPTS: Final = [*sorted({*ROOT.glob("*/*.sh"), *ROOT.glob("docker/*/*.sh")}), ROOT / ".ci" / "run"]
OFFLINE: Final = {"AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"}


@pytest.mark.parametrize(
    "command",
    [[str(Path(sys.executable).with_name("cfn-lint")), *TEMPLATES], ["scripts/sam.sh", "validate", "--lint"]],
    ids=["cfn-lint", "sam validate"],
)
def test_templates_are_clean(command: list[str | Path]) -> None:
    result = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **OFFLINE}, capture_output=True, text=True, timeout=120, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_shellcheck() -> None:
    """The locked one, or the system's where PyPI has none."""
    linter = shutil.which("shellcheck", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    assert linter, "apt-get install shellcheck"
    result = subprocess.run([linter, *SCRIPTS], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert (result.stdout, result.returncode) == ("", 0)


# --- the record ---------------------------------------------------------------------------------------------------


@pytest.fixture
def group(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Make a group of two instances and a zone, as the template makes them; return the zone's id."""
    for key in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(key, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with mock_aws():
        ec2, autoscaling = boto3.client("ec2"), boto3.client("autoscaling")
        subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
        image = ec2.describe_images()["Images"][0]["ImageId"]
        ec2.create_launch_template(LaunchTemplateName="hosts", LaunchTemplateData={"ImageId": image})
        autoscaling.create_auto_scaling_group(
            AutoScalingGroupName="zuko-hosts",
            LaunchTemplate={"LaunchTemplateName": "hosts"},
            MinSize=0,
            MaxSize=4,
            DesiredCapacity=2,
            VPCZoneIdentifier=subnet,
        )
        zone = boto3.client("route53").create_hosted_zone(Name="zuko.internal", CallerReference="1")["HostedZone"]["Id"]
        monkeypatch.setenv("GROUP", "zuko-hosts")
        monkeypatch.setenv("ZONE", zone.removeprefix("/hostedzone/"))
        monkeypatch.setenv("NAME", "docker.zuko.internal.")
        yield zone


def recorded(zone: str) -> list[str]:
    sets = boto3.client("route53").list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    found = [each for each in sets if each["Type"] == "A"]
    assert [(each["Name"], each["TTL"]) for each in found] in ([], [("docker.zuko.internal.", 15)])
    return sorted(value["Value"] for each in found for value in each["ResourceRecords"])


def addresses() -> list[str]:
    instances = boto3.client("ec2").describe_instances(
        Filters=[{"Name": "instance-state-name", "Values": ["running"]}]
    )["Reservations"]
    return sorted(each["PrivateIpAddress"] for found in instances for each in found["Instances"])


def test_record_follows_the_group(group: str) -> None:
    """The function of the template, run: hosts come, more of them, and go; in between nothing is written."""
    code = load(ROOT / "infra" / "docker-host.yaml")["Resources"]["RecordFunction"]["Properties"]["Code"]["ZipFile"]
    assert len(code) <= 4096, "the most that a template may hold"
    module: dict[str, Any] = {}
    exec(compile(code, "index.py", "exec"), module)
    autoscaling = boto3.client("autoscaling")
    for size in (2, 3, 3, 1, 0, 0):
        autoscaling.set_desired_capacity(AutoScalingGroupName="zuko-hosts", DesiredCapacity=size)
        module["handler"]({}, None)
        assert recorded(group) == addresses()
        assert len(addresses()) == size
