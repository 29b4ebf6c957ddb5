"""Settings, from the environment (`ZUKO_*`). Only entry points read them; all other code gets values.

A room declares the group that it needs, such as `AdmissionSettings`, and gets the `Settings` of the process, which have
all groups. So each setting is defined in one place, the environment is read once, and a test can make a single group.

group.py ── programs.py ── sandboxes.py      the groups; each module imports those before it
         ├── submissions.py
         ├── callers.py
         ├── service.py
         ├── facades.py
         ├── mcp.py
         └── telemetry.py
process.py                                   all of them, from the environment

The Docker host is chosen as every Docker client chooses it: DOCKER_HOST, DOCKER_TLS_VERIFY, DOCKER_CERT_PATH.
"""

from zuko.settings.callers import CallerSettings
from zuko.settings.facades import FACADES, FacadeSettings
from zuko.settings.group import GIB, MIB
from zuko.settings.mcp import McpSettings
from zuko.settings.process import CLIENT_VARIABLES, PREFIX, Settings
from zuko.settings.programs import AdmissionSettings, JudgingSettings, MemorySettings
from zuko.settings.sandboxes import PoolSettings, SandboxSettings
from zuko.settings.service import Auth, HostSettings, HttpSettings
from zuko.settings.submissions import REFERENCE_MS, ProblemSettings, StoreSettings, TimeScale, WebhookSettings
from zuko.settings.telemetry import LogFormat, TelemetrySettings

__all__ = [
    "CLIENT_VARIABLES",
    "FACADES",
    "GIB",
    "MIB",
    "PREFIX",
    "REFERENCE_MS",
    "AdmissionSettings",
    "Auth",
    "CallerSettings",
    "FacadeSettings",
    "HostSettings",
    "HttpSettings",
    "JudgingSettings",
    "LogFormat",
    "McpSettings",
    "MemorySettings",
    "PoolSettings",
    "ProblemSettings",
    "SandboxSettings",
    "Settings",
    "StoreSettings",
    "TelemetrySettings",
    "TimeScale",
    "WebhookSettings",
]
