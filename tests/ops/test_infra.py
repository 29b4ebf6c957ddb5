"""The template of the Docker hosts: what linters find, what they miss, and the record that leads to the hosts."""

import os
import re
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
from tests.ops import templates
from zuko.languages.table import LANGUAGES

TEMPLATE: Final = ROOT / "infra" / "docker-host.yaml"
SCRIPTS: Final = [*sorted(ROOT.glob("*/*.sh")), ROOT / ".ci" / "run"]


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    return templates.load(TEMPLATE)


# --- the template -------------------------------------------------------------------------------------------------


def test_template_is_clean() -> None:
    linter = Path(sys.executable).with_name("cfn-lint")
    result = subprocess.run([linter, TEMPLATE], capture_output=True, text=True, timeout=120, check=False)
    assert (result.stdout, result.returncode) == ("", 0)


def test_template_refers_to_what_it_defines(template: dict[str, Any]) -> None:
    assert templates.undefined(template) == set()


def test_undefined_references_are_found() -> None:
    """Each kind of reference is found, which the test above relies on."""
    assert templates.undefined(
        {
            "Parameters": {"Known": {}},
            "Conditions": {"Yes": {"Fn::Equals": [{"Ref": "Known"}, {"Ref": "A"}]}},
            "Resources": {
                "Thing": {
                    "Condition": "B",
                    "DependsOn": ["Thing", "C"],
                    "One": {"Fn::GetAtt": ["D", "Arn"]},
                    "Two": {"Fn::GetAtt": "E.Arn"},
                    "Three": [{"Fn::Sub": "${AWS::Region} ${Known} ${Thing.Arn} ${!Literal} ${F} ${G.Arn}"}],
                    "Four": {"Fn::Sub": ["${own} ${H}", {"own": {"Ref": "I"}}]},
                    "Five": {"Fn::If": ["J", {"Ref": "K"}, {"Ref": "AWS::NoValue"}]},
                }
            },
        }
    ) == set("ABCDEFGHIJK")


def test_every_parameter_is_described_and_bounded(template: dict[str, Any]) -> None:
    """A slip is refused before anything is made."""
    for name, parameter in template["Parameters"].items():
        assert parameter["Description"].endswith("."), name
        bounds = {"AllowedPattern", "AllowedValues", "MinValue"} & set(parameter)
        assert bounds or "AWS::EC2" in parameter["Type"], name


def test_hosts_are_closed(template: dict[str, Any]) -> None:
    """One port, one source, version 2 of the metadata service within one hop, no address, no key, an encrypted disk."""
    resources = template["Resources"]
    rules = [each["Properties"] for each in resources.values() if each["Type"] == "AWS::EC2::SecurityGroupIngress"]
    assert [(rule["FromPort"], rule["ToPort"], rule["IpProtocol"]) for rule in rules] == [(2376, 2376, "tcp")]
    assert rules[0]["SourceSecurityGroupId"] == {"Ref": "FunctionSecurityGroup"}
    assert "SecurityGroupIngress" not in resources["HostSecurityGroup"]["Properties"]
    data = resources["HostTemplate"]["Properties"]["LaunchTemplateData"]
    assert (data["MetadataOptions"]["HttpTokens"], data["MetadataOptions"]["HttpPutResponseHopLimit"]) == (
        "required",
        1,
    )
    assert data["NetworkInterfaces"][0]["AssociatePublicIpAddress"] is False
    assert data["BlockDeviceMappings"][0]["Ebs"]["Encrypted"] is True
    assert "KeyName" not in data


def test_user_data_is_a_script_that_calls_ours(template: dict[str, Any]) -> None:
    data = template["Resources"]["HostTemplate"]["Properties"]["LaunchTemplateData"]["UserData"]
    text = data["Fn::Base64"]["Fn::Sub"]
    subprocess.run(["bash", "-n"], input=text, text=True, check=True)
    assert "/opt/zuko/infra/docker-host.sh all --secret '${HostSecretArn}' --languages '${Languages}'\n" in text
    hooks = template["Resources"]["HostGroup"]["Properties"]["LifecycleHookSpecificationList"]
    assert f"--lifecycle-hook-name {hooks[0]['LifecycleHookName']} " in text


def test_languages_are_those_that_the_script_takes(template: dict[str, Any]) -> None:
    """Every name, and none that would be more than one argument of the script."""
    parameter = template["Parameters"]["Languages"]
    for value in ("all", *LANGUAGES, ",".join(LANGUAGES), parameter["Default"]):
        assert re.fullmatch(parameter["AllowedPattern"], value)
    for value in ("", "python,", "python cpp", "'", "c++", "java@", "@25"):
        assert not re.fullmatch(parameter["AllowedPattern"], value)


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


def test_record_follows_the_group(group: str, template: dict[str, Any]) -> None:
    """The function of the template, run: hosts come, more of them, and go; in between nothing is written."""
    code = template["Resources"]["RecordFunction"]["Properties"]["Code"]["ZipFile"]
    assert len(code) <= 4096, "the most that a template may hold"
    module: dict[str, Any] = {}
    exec(compile(code, "index.py", "exec"), module)
    autoscaling = boto3.client("autoscaling")
    for size in (2, 3, 3, 1, 0, 0):
        autoscaling.set_desired_capacity(AutoScalingGroupName="zuko-hosts", DesiredCapacity=size)
        module["handler"]({}, None)
        assert recorded(group) == addresses()
        assert len(addresses()) == size


# --- the scripts --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_shell_is_shell(script: Path) -> None:
    shell = script.read_text().partition("\n")[0].removeprefix("#!").split()
    subprocess.run([*shell, "-n", script], check=True)


def test_shellcheck() -> None:
    """The locked one, or the system's where PyPI has none."""
    linter = shutil.which("shellcheck", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    assert linter, "apt-get install shellcheck"
    result = subprocess.run([linter, *SCRIPTS], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert (result.stdout, result.returncode) == ("", 0)
