"""The limits that a Judge0 client may ask for, with defaults and bounds, and the answer of `/config_info`."""

from dataclasses import dataclass
from typing import Any, Final

from zuko.api.compat.judge0.languages import numbered_languages
from zuko.settings import Settings

BATCH_MAX: Final = 20
TEXT_MAX: Final = 512  # characters of options, and of arguments
ZIP_KB_MAX: Final = 10_240
CALLBACK_TRIES: Final = 8  # those of webhooks, over a day: only while there is no connection
CALLBACK_TIMEOUT_S: Final = 5.0
_SECONDS_MAX: Final = {"cpu_time_limit": 15.0, "cpu_extra_time": 5.0, "wall_time_limit": 20.0}


@dataclass(frozen=True, slots=True)
class Limit:
    """A number that a submission may set."""

    default: float
    least: float
    most: float

    @property
    def is_whole(self) -> bool:
        """True if it is a whole number."""
        return isinstance(self.default, int)


def limits_of(settings: Settings) -> dict[str, Limit]:
    """Return the limits of a submission by their names: Judge0's, and no more than the service allows."""
    longest_s = float(settings.timeout_max_s)
    memory_kb = settings.memory_limit_max_mib * 1024
    seconds = {name: min(most, longest_s) for name, most in _SECONDS_MAX.items()}
    return {
        "cpu_time_limit": Limit(min(5.0, longest_s), 0.0, seconds["cpu_time_limit"]),
        "cpu_extra_time": Limit(1.0, 0.0, seconds["cpu_extra_time"]),
        "wall_time_limit": Limit(min(10.0, longest_s), 1.0, seconds["wall_time_limit"]),
        "memory_limit": Limit(min(128_000, memory_kb), 2048, memory_kb),
        "stack_limit": Limit(64_000, 0, 128_000),
        "max_processes_and_or_threads": Limit(60, 1, 120),
        "max_file_size": Limit(1024, 0, 4096),
        "number_of_runs": Limit(1, 1, 20),
    }


FLAGS: Final = (
    "enable_per_process_and_thread_time_limit",
    "enable_per_process_and_thread_memory_limit",
    "redirect_stderr_to_stdout",
    "enable_network",
)


def config_info(settings: Settings) -> dict[str, Any]:
    """Return the answer of `/config_info`: all names that Judge0 1.13.1 has."""
    found: dict[str, Any] = {
        "maintenance_mode": False,
        "enable_wait_result": True,
        "enable_compiler_options": True,
        "allowed_languages_for_compile_options": sorted(
            {each.name for each in numbered_languages() if not each.is_archived and each.language.compiler is not None}
        ),
        "enable_command_line_arguments": True,
        "enable_submission_delete": bool(settings.judge0_admin_tokens),
        "enable_callbacks": bool(settings.judge0_callback_hosts),
        "callbacks_max_tries": CALLBACK_TRIES,
        "callbacks_timeout": CALLBACK_TIMEOUT_S,
        "enable_additional_files": True,
        "max_queue_size": settings.submissions_max,
        "enable_batched_submissions": True,
        "max_submission_batch_size": BATCH_MAX,
        "max_extract_size": settings.code_limit_bytes // 1024,
        "submission_cache_duration": 0.0,
        "use_docs_as_homepage": False,
        "allow_enable_per_process_and_thread_time_limit": True,
        "allow_enable_per_process_and_thread_memory_limit": True,
        "allow_enable_network": False,
        **dict.fromkeys(FLAGS, False),
    }
    for name, limit in limits_of(settings).items():
        found[name] = limit.default
        found[f"max_{name}"] = limit.most
    return found
