"""The limits of each caller: an API key's name, a tenant, or an address."""

from typing import Annotated

from pydantic import Field

from zuko.caller import Allowance
from zuko.settings.group import Group


class CallerSettings(Group):
    """The most that one caller may take, unless its key has limits of its own."""

    caller_requests_per_s: Annotated[
        float | None,
        Field(
            gt=0,
            le=1_000_000,
            description="requests of one caller a second, on average; more get 429; unset: no bound",
        ),
    ] = None
    caller_runs: Annotated[
        int | None,
        Field(
            ge=1,
            le=1024,
            description="runs of one caller at a time; more wait, and get 429 where that is too long; unset: no bound",
        ),
    ] = None
    caller_queue_share: Annotated[
        float | None,
        Field(
            gt=0,
            le=1,
            description="share of the places of ZUKO_QUEUE_SIZE that one caller may take, and of"
            " ZUKO_FACADE_QUEUE_SIZE; more get 429; unset: all, until others need them",
        ),
    ] = None
    caller_cpu_s_per_day: Annotated[
        float | None,
        Field(
            gt=0,
            le=1_000_000_000,
            description="CPU time that the programs of one caller may use on one day; more get 429; unset: no bound",
        ),
    ] = None

    @property
    def allowance(self) -> Allowance:
        """Return the limits of a caller whose key has none of its own."""
        return Allowance(
            self.caller_requests_per_s, self.caller_runs, self.caller_queue_share, self.caller_cpu_s_per_day
        )
