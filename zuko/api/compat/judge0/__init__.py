"""The façade of Judge0 CE 1.13.1: its submissions, its languages by number, and what it reports of itself.

    body ── asked.read ──> Asked ── request.to_request ──> ExecuteSubmission ── storing.keep ──> store
    StoredSubmission ── view.View ── statuses.judged ──> fields as JSON

Its submissions are stored ones, which any worker runs; nothing there knows of Judge0.
"""

from zuko.api.compat.facade import Cors, Facade
from zuko.api.compat.judge0.callbacks import Callbacks
from zuko.api.compat.judge0.errors import answer
from zuko.api.compat.judge0.info import Info
from zuko.api.compat.judge0.submissions import Submissions
from zuko.settings import Settings

_PREFIXES = (
    *("/submissions", "/languages", "/statuses", "/about", "/version", "/isolate", "/license"),
    *("/system_info", "/config_info", "/statistics", "/workers", "/authenticate", "/authorize"),
)


def facade(settings: Settings) -> Facade:
    """Return the façade, at the root, where Judge0's own paths are."""
    return Facade(
        prefixes=_PREFIXES,
        routes=[*Submissions(settings).routes(), *Info(settings).routes()],
        answer=answer,
        body_limit_bytes=settings.judge0_body_limit_bytes,
        deliver=(lambda service: Callbacks(settings, service).deliver) if settings.judge0_callback_hosts else None,
        cors=Cors(origins=("*",), methods=("GET", "POST", "DELETE", "OPTIONS"), headers=("*",)),
    )
