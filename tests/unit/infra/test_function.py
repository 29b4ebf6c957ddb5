"""template.yaml says what the app says: routes, settings, limits, metrics. And what it refers to exists."""

import copy
import importlib.util
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from starlette.routing import Mount, Route

from tests import ROOT
from tests.harness.templates import load, undefined
from zuko.api.app import create_app
from zuko.aws.gateways import RESPONSE_MARGIN_S
from zuko.pool.standby import START_TIMEOUT_S
from zuko.settings import Settings

PATH: Final = ROOT / "template.yaml"
TEMPLATE: Final = load(PATH)
PARAMETERS: Final = TEMPLATE["Parameters"]
FUNCTION: Final = TEMPLATE["Resources"]["ApiFunction"]["Properties"]
VARIABLES: Final = FUNCTION["Environment"]["Variables"]

API_TIMEOUT_S: Final = 30  # https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html


def field_of(variable: str) -> str:
    """Return the name in `Settings`."""
    return variable.removeprefix("ZUKO_").lower()


LIMITS: Final = {  # setting: parameter
    field_of(name): value["Ref"] for name, value in VARIABLES.items() if name.startswith("ZUKO_")
}


# --- what it refers to --------------------------------------------------------------------------------------------


def in_variables(template: dict[str, Any]) -> None:
    template["Resources"]["ApiFunction"]["Properties"]["Environment"]["Variables"]["ZUKO_CPUS"] = {"Ref": "Misspelt"}


def in_a_policy(template: dict[str, Any]) -> None:
    (policy,) = template["Resources"]["FunctionRole"]["Properties"]["Policies"]
    policy["PolicyDocument"]["Statement"][1]["Resource"] = {"Fn::GetAtt": ["Misspelt", "Arn"]}


def in_a_name(template: dict[str, Any]) -> None:
    template["Resources"]["FunctionLogs"]["Properties"]["LogGroupName"] = {"Fn::Sub": "/aws/lambda/${Misspelt}"}


def in_a_condition(template: dict[str, Any]) -> None:
    del template["Conditions"]["HasAlarmTopic"]
    template["Conditions"]["Misspelt"] = {}


@pytest.mark.parametrize("spoil", [in_variables, in_a_policy, in_a_name, in_a_condition])
def test_a_reference_to_nothing_is_found(spoil: Callable[[dict[str, Any]], None]) -> None:
    """The linters overlook the first of these."""
    template = copy.deepcopy(TEMPLATE)
    spoil(template)
    assert undefined(template) == ({"HasAlarmTopic"} if spoil is in_a_condition else {"Misspelt"})


# --- what the app says --------------------------------------------------------------------------------------------


def test_routes_are_the_apps() -> None:
    """No route is missing or without effect. HEAD is not passed, and a preflight is sent before POST and DELETE."""
    served: set[tuple[str, str]] = set()
    for route in create_app(Settings()).routes:
        if isinstance(route, Mount):
            served.add(("GET", f"{route.path}/{{proxy+}}"))
        elif isinstance(route, Route):
            path = re.sub(r"\{\w+:path\}", "{proxy+}", route.path)
            served |= {(method, path) for method in route.methods or () if method != "HEAD"}
    preflights = {("OPTIONS", path) for method, path in served if method in ("POST", "DELETE")}

    events = [event["Properties"] for event in FUNCTION["Events"].values()]
    assert {(event["Method"], event["Path"]) for event in events} == served | preflights
    assert all(event["ApiId"] == {"Ref": "HttpApi"} for event in events)


def test_with_keys_of_the_gateway_there_is_no_way_past_them() -> None:
    """The HTTP API has no endpoint then, and the other one asks for a key, except for preflights."""
    resources = TEMPLATE["Resources"]
    assert resources["HttpApi"]["Properties"]["DisableExecuteApiEndpoint"] == {
        "Fn::If": ["HasGatewayKeys", True, False]
    }
    paths = resources["KeyedApi"]["Properties"]["Body"]["paths"]
    assert set(paths) == {"/", "/{proxy+}"}
    open_methods = {method for path in paths.values() for method, each in path.items() if not each.get("security")}
    assert open_methods == {"options"}
    keyed = [each for name, each in resources.items() if each.get("Condition") == "HasGatewayKeys"]
    assert {each["Type"].rpartition(":")[2] for each in keyed} == {
        *("RestApi", "Deployment", "Stage", "Permission", "UsagePlan", "ApiKey", "UsagePlanKey"),
    }
    stage = resources["UsagePlan"]["Properties"]["ApiStages"]
    assert stage == [{"ApiId": {"Ref": "KeyedApi"}, "Stage": {"Ref": "KeyedApiStage"}}]


def test_variables_are_settings() -> None:
    assert Settings.unknown(dict.fromkeys(VARIABLES, "")) == []
    assert LIMITS


def test_parameters_are_as_their_settings() -> None:
    """The default is the app's, the description names the variable, and the app accepts what the bounds accept."""
    for field, name in LIMITS.items():
        parameter = PARAMETERS[name]
        default = Settings.model_fields[field].default
        assert parameter["Default"] == ("" if default in ((), None) else default), field
        assert f"ZUKO_{field.upper()}" in parameter["Description"]
        for bound in {"MinValue", "MaxValue"} & set(parameter):
            assert getattr(Settings(**{field: parameter[bound]}), field) == parameter[bound]


def test_every_parameter_is_described_and_bounded() -> None:
    for name, parameter in PARAMETERS.items():
        assert parameter["Description"].endswith("."), name
        if parameter["Type"] == "Number" and "AllowedValues" not in parameter:
            assert "MinValue" in parameter, name
            assert parameter["Default"] >= parameter["MinValue"]
        elif "AllowedPattern" in parameter and "Default" in parameter:
            assert re.fullmatch(parameter["AllowedPattern"], parameter["Default"]), name


def test_the_function_outlasts_every_program() -> None:
    """The function responds with TIMEOUT itself, before Lambda stops it and before API Gateway gives up."""
    longest_s = PARAMETERS["TimeoutMaxS"]["MaxValue"] + START_TIMEOUT_S + RESPONSE_MARGIN_S
    assert longest_s <= FUNCTION["Timeout"] < API_TIMEOUT_S
    (alarm,) = alarms("Duration")
    assert PARAMETERS["TimeoutMaxS"]["MaxValue"] * 1000 < alarm["Threshold"] < FUNCTION["Timeout"] * 1000


def test_the_handler_exists() -> None:
    """Looked at, not imported: an import connects to the Docker host."""
    module, _, name = FUNCTION["Handler"].rpartition(".")
    spec = importlib.util.find_spec(module)
    assert spec is not None
    assert re.search(rf"^{name} = ", Path(str(spec.origin)).read_text(), re.MULTILINE)


# --- logs, metrics, rights ----------------------------------------------------------------------------------------


def alarms(metric: str) -> list[dict[str, Any]]:
    every = [each["Properties"] for each in TEMPLATE["Resources"].values() if each["Type"] == "AWS::CloudWatch::Alarm"]
    return [alarm for alarm in every if alarm["MetricName"] == metric]


def test_the_alarm_looks_where_the_function_writes() -> None:
    (alarm,) = alarms("HostUnreachable")
    assert alarm["Namespace"] == VARIABLES["POWERTOOLS_METRICS_NAMESPACE"]
    assert alarm["Dimensions"] == [{"Name": "service", "Value": VARIABLES["POWERTOOLS_SERVICE_NAME"]}]
    assert '"HostUnreachable"' in (ROOT / "zuko" / "aws" / "emf.py").read_text()


def test_rights_are_narrow() -> None:
    """Every statement names one resource, except for network interfaces, where AWS requires a wildcard."""
    (policy,) = TEMPLATE["Resources"]["FunctionRole"]["Properties"]["Policies"]
    for each in policy["PolicyDocument"]["Statement"]:
        statement = each["Fn::If"][1] if "Fn::If" in each else each
        actions = statement["Action"]
        for action in [actions] if isinstance(actions, str) else actions:
            assert "*" not in action
            assert statement["Resource"] != "*" or action.startswith("ec2:")


def test_access_logs_hold_no_bodies() -> None:
    text = TEMPLATE["Resources"]["HttpApi"]["Properties"]["AccessLogSettings"]["Format"]
    logged = set(re.findall(r"\$context\.[\w.]+", text))
    assert logged
    assert not [each for each in logged if re.search("body|query|authorizer", each)]
