"""The templates of the store and of the workers make what the code expects."""

import http.server
import os
import re
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests import ROOT
from tests.harness import templates
from zuko.languages.table import LANGUAGES
from zuko.settings import Settings
from zuko.submissions.aws import schema
from zuko.submissions.aws.blobs import RENEWED_S, SLACK_S
from zuko.submissions.aws.place import Place

STORE: Final = ROOT / "infra" / "submissions.yaml"
WORKERS: Final = ROOT / "infra" / "worker-host.yaml"
SCRIPT: Final = ROOT / "infra" / "worker.sh"
DAY_S: Final = 86400


@pytest.fixture(scope="module")
def store() -> dict[str, Any]:
    return templates.load(STORE)


@pytest.fixture(scope="module")
def workers() -> dict[str, Any]:
    return templates.load(WORKERS)


# --- the store ----------------------------------------------------------------------------------------------------


def test_the_table_is_that_of_the_code(store: dict[str, Any]) -> None:
    table = store["Resources"]["Table"]["Properties"]
    assert {each["AttributeName"]: each["AttributeType"] for each in table["AttributeDefinitions"]} == schema.TYPES
    assert table["KeySchema"] == schema.KEYS
    assert table["GlobalSecondaryIndexes"] == schema.INDEXES
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}
    assert table["BillingMode"] == "PAY_PER_REQUEST"


def test_the_queue_is_that_of_the_code(store: dict[str, Any]) -> None:
    queue = store["Resources"]["Queue"]["Properties"]
    assert queue["RedrivePolicy"]["maxReceiveCount"] == schema.RECEIVES_MAX
    assert queue["VisibilityTimeout"] == 10
    assert queue["MessageRetentionPeriod"] == schema.QUEUE_S
    assert queue["SqsManagedSseEnabled"] is True


def test_the_bucket_is_closed_and_forgets(store: dict[str, Any]) -> None:
    bucket = store["Resources"]["Bucket"]["Properties"]
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    rules = {rule.get("Prefix"): rule for rule in bucket["LifecycleConfiguration"]["Rules"]}
    assert {"parts/", "requests/", "results/"} < set(rules)
    assert "problems/" not in rules
    least_days = (Settings().submissions_keep_s + RENEWED_S + SLACK_S) / DAY_S
    assert store["Parameters"]["ObjectDays"]["Default"] >= least_days
    (statement,) = store["Resources"]["BucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def actions(template: dict[str, Any], policy: str) -> set[str]:
    found = set()
    for statement in template["Resources"][policy]["Properties"]["PolicyDocument"]["Statement"]:
        assert statement["Resource"] != "*"
        listed = statement["Action"]
        found |= {listed} if isinstance(listed, str) else {*listed}
    return found


def test_rights_are_what_the_code_asks_for(store: dict[str, Any]) -> None:
    """The words of the library, in the code, are those of the policies; only `migrate` may do more."""
    code = "".join(path.read_text() for path in (ROOT / "zuko" / "submissions" / "aws").glob("*.py"))
    code = code.replace((ROOT / "zuko" / "submissions" / "aws" / "schema.py").read_text(), "")
    asked = set(re.findall(r'_ask\(\s*"_(dynamodb|s3|sqs)(?:_wait)?",\s+"([a-z_0-9]+)"', code))
    asked |= {("sqs", name) for name in re.findall(r'_hint\("([a-z_]+)"', code)}
    # head_object needs GetObject; copy_object needs both; transactions and batches need those of their parts.
    meant = {"head_object": "GetObject", "copy_object": "PutObject", "transact_write_items": "PutItem"}
    meant |= {"send_message_batch": "SendMessage", "delete_message_batch": "DeleteMessage"}
    needed = {
        f"{service}:{meant.get(name) or ''.join(part.title() for part in name.split('_'))}" for service, name in asked
    }
    assert actions(store, "WorkerPolicy") == needed | {"s3:ListBucket"}
    only_workers = {"dynamodb:Scan", "sqs:ReceiveMessage", "sqs:DeleteMessage"}
    assert actions(store, "ClientPolicy") == actions(store, "WorkerPolicy") - only_workers


def test_the_url_is_one(store: dict[str, Any], workers: dict[str, Any]) -> None:
    text = store["Outputs"]["Store"]["Value"]["Fn::Sub"]
    url = re.sub(r"\$\{[^}]+\}", "zuko-1", text)
    assert Place.of(url) == Place("zuko-1", "zuko-1", "zuko-1", "zuko-1")
    function = templates.load(ROOT / "template.yaml")
    for template in (workers, function):
        assert re.fullmatch(template["Parameters"]["Store"]["AllowedPattern"], url)


# --- the workers --------------------------------------------------------------------------------------------------


def test_workers_are_closed(workers: dict[str, Any]) -> None:
    """No port, no address, no key."""
    resources = workers["Resources"]
    assert not [each for each in resources.values() if each["Type"] == "AWS::EC2::SecurityGroupIngress"]
    assert "SecurityGroupIngress" not in resources["SecurityGroup"]["Properties"]
    data = resources["Template"]["Properties"]["LaunchTemplateData"]
    assert data["MetadataOptions"]["HttpTokens"] == "required"
    assert data["NetworkInterfaces"][0]["AssociatePublicIpAddress"] is False
    assert data["BlockDeviceMappings"][0]["Ebs"]["Encrypted"] is True
    assert "KeyName" not in data


def test_user_data_calls_our_scripts(workers: dict[str, Any]) -> None:
    text = workers["Resources"]["Template"]["Properties"]["LaunchTemplateData"]["UserData"]["Fn::Base64"]["Fn::Sub"]
    subprocess.run(["bash", "-n"], input=text, text=True, check=True)
    assert "/opt/zuko/infra/docker-host.sh all --listen none --languages '${Languages}'\n" in text
    assert "/opt/zuko/infra/worker.sh all --store '${Store}'" in text
    hooks = workers["Resources"]["Group"]["Properties"]["LifecycleHookSpecificationList"]
    assert f"--lifecycle-hook-name {hooks[0]['LifecycleHookName']} " in text
    assert hooks[1]["LifecycleHookName"] == "drain", "the default of worker.sh"
    assert workers["Parameters"]["DrainS"]["MaxValue"] + 60 < hooks[1]["HeartbeatTimeout"]
    for value in ("all", *LANGUAGES):
        assert re.fullmatch(workers["Parameters"]["Languages"]["AllowedPattern"], value)


def test_the_group_follows_the_queue(workers: dict[str, Any]) -> None:
    alarms = [each["Properties"] for each in workers["Resources"].values() if each["Type"] == "AWS::CloudWatch::Alarm"]
    assert {alarm["MetricName"] for alarm in alarms} == {"ApproximateAgeOfOldestMessage"}
    assert {alarm["ComparisonOperator"] for alarm in alarms} == {
        "GreaterThanOrEqualToThreshold",
        "LessThanThreshold",
    }
    assert {str(alarm["Dimensions"]) for alarm in alarms} == {
        str([{"Name": "QueueName", "Value": {"Ref": "QueueName"}}])
    }


# --- the script ---------------------------------------------------------------------------------------------------


def worker_sh(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([SCRIPT, *arguments], capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def units(tmp_path: Path) -> Path:
    result = worker_sh(
        *(
            "units",
            "--store",
            "aws://t?bucket=b&queue=q",
            "--set",
            "ZUKO_TIME_SCALE=reference",
            "--group",
            "my-workers",
        ),
        *("--units", str(tmp_path), "--environment", str(tmp_path / "etc" / "worker.env"), "--drain-s", "120"),
    )
    assert result.returncode == 0, result.stderr
    return tmp_path


def test_units_are_units(units: Path) -> None:
    variables = (units / "etc" / "worker.env").read_text().splitlines()
    assert variables == [
        "ZUKO_STORE=aws://t?bucket=b&queue=q",
        "ZUKO_DRAIN_TIMEOUT_S=120",
        "ZUKO_TIME_SCALE=reference",
    ]
    assert (units / "etc" / "worker.env").stat().st_mode & 0o777 == 0o600
    worker = (units / "zuko-worker.service").read_text()
    assert "TimeoutStopSec=150\n" in worker, "longer than what the worker needs"
    assert "ExecStart=/opt/zuko/worker/bin/zuko worker\n" in worker
    assert (units / "zuko-drain.service").read_text().count(f"{units}/zuko-drain.sh my-workers drain\n") == 1


@pytest.mark.parametrize(
    "arguments", [["units"], ["units", "--store"], ["units", "--store", "x", "--drain-s", "1m"], ["nonsense"], []]
)
def test_mistakes_are_refused(arguments: list[str], tmp_path: Path) -> None:
    result = worker_sh(*arguments)
    assert result.returncode != 0
    assert result.stderr


class Metadata(http.server.BaseHTTPRequestHandler):
    """The instance metadata, version 2."""

    state = "InService"

    def do_PUT(self) -> None:
        self.answer("token")

    def do_GET(self) -> None:
        assert self.headers["X-aws-ec2-metadata-token"] == "token"
        what = self.path.removeprefix("/latest/meta-data/")
        found = {
            "autoscaling/target-lifecycle-state": type(self).state,
            "instance-id": "i-1",
            "placement/region": "eu-central-1",
        }
        self.answer(found[what])

    def answer(self, text: str) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def metadata() -> Iterator[str]:
    Metadata.state = "InService"
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Metadata) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_an_instance_drains_before_it_ends(units: Path, metadata: str, tmp_path: Path) -> None:
    """The worker is stopped, and then the group may go on: in this order, and not before it says so."""
    log = tmp_path / "calls"
    for command in ("systemctl", "aws"):
        path = tmp_path / "bin" / command
        path.parent.mkdir(exist_ok=True)
        path.write_text(f'#!/bin/sh\necho "{command} $*" >>{log}\n')
        path.chmod(0o755)
    env = {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "ZUKO_METADATA": metadata, "ZUKO_DRAIN_POLL_S": "0.1"}
    with subprocess.Popen(["/bin/sh", units / "zuko-drain.sh", "my-workers", "drain"], env=env) as process:
        time.sleep(1)
        assert not log.exists()
        Metadata.state = "Terminated"
        assert process.wait(20) == 0
    assert log.read_text().splitlines() == [
        "systemctl stop zuko-worker.service",
        "aws autoscaling complete-lifecycle-action --region eu-central-1 --auto-scaling-group-name my-workers"
        " --lifecycle-hook-name drain --instance-id i-1 --lifecycle-action-result CONTINUE",
    ]
