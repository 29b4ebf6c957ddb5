"""The languages and limits that a process offers."""

from zuko.languages.table import LANGUAGES, MIB
from zuko.settings import Settings
from zuko.wire.service import LanguageResponse, LanguagesResponse, LimitsResponse


def languages_of(settings: Settings) -> LanguagesResponse:
    """Return the languages that a request may name, and its limits."""
    return LanguagesResponse(
        languages=[
            LanguageResponse(
                name=language.name,
                title=language.title,
                version=language.version,
                family=language.family,
                default=language.is_default,
                aliases=list(language.aliases),
                compile_command=None if language.compiler is None else list(language.compiler.argv),
                run_command=list(language.command(settings.memory_bytes(language))),
                memory_mib=settings.memory_bytes(language) // MIB,
            )
            for language in LANGUAGES.values()
        ],
        limits=LimitsResponse(
            code_bytes=settings.code_limit_bytes,
            input_data_bytes=settings.input_limit_bytes,
            timeout_default_s=settings.timeout_default_s,
            timeout_max_s=settings.timeout_max_s,
            output_bytes=settings.output_limit_bytes,
            memory_mib=settings.memory_limit_mib,
            memory_max_mib=settings.memory_limit_max_mib,
            processes=settings.pids_limit,
        ),
    )
