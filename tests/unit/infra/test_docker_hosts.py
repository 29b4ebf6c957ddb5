"""The template of the Docker hosts: hosts are closed, and its user data calls our script as that is."""

import re
import subprocess
from typing import Any

import pytest

from tests import ROOT
from tests.harness import templates
from zuko.languages.table import LANGUAGES


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    return templates.load(ROOT / "infra" / "docker-host.yaml")


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
