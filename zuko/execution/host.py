"""The Docker host of an executor: the cores that runs may use, who else uses them, and the images that are there.

Where it is and how it is reached is `zuko.engine.host`'s.
"""

import logging
import math
from dataclasses import dataclass

from zuko.engine.engine import Engine
from zuko.engine.isolation import hint
from zuko.engine.neighbours import free_cores
from zuko.engine.report import EngineReport
from zuko.errors import ZukoError
from zuko.languages.own import LABEL as OWN_LABEL
from zuko.languages.own import add_own
from zuko.languages.table import LANGUAGES, Language
from zuko.pool.stock import Core
from zuko.settings import Settings

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Probe:
    """The state of the Docker host, as it answers."""

    engine_version: str | None  # None: it does not answer
    image_present: bool | None  # of the first language; None: it does not answer
    error: str | None


class Host:
    """The Docker host. Methods that ask it block; any thread may call any method.

    Args:
        settings: capacity, and the names of images.
        engine: which asks it.
    """

    def __init__(self, settings: Settings, engine: Engine) -> None:
        self._settings = settings
        self._engine = engine
        self._crowding: str | None = None  # that was warned of

    def isolation_hint(self) -> str | None:
        """Return what would allow the better isolation; None: it is in force, not wanted, or not known yet."""
        refusal = self._engine.refused_namespaces
        return hint(refusal) if refusal else None

    def version(self) -> str:
        """Ask for the engine's version.

        Raises:
            EngineError: it does not answer.
        """
        return self._engine.info().version

    def report(self) -> EngineReport:
        """Ask for everything that the operator may want to know.

        Raises:
            EngineError: it does not answer.
        """
        return self._engine.report()

    def languages_present(self) -> frozenset[str]:
        """Ask which languages it has images of. Return their names.

        Raises:
            EngineError: it does not answer.
        """
        self._look_for_own()
        return frozenset(language.name for language in LANGUAGES.values() if self._has_image(language))

    def probe(self, language: Language) -> Probe:
        """Ask for its version, and whether it has the image of a language."""
        version: str | None = None
        try:
            version = self.version()
            return Probe(version, self._has_image(language), None)
        except ZukoError as error:
            return Probe(version, None, str(error))

    def crowding(self, *, is_new: bool = False) -> str | None:
        """Return who else uses its cores, so that there would be more runs than cores; None: there would not.

        More runs than cores make every measured time wrong. The processes that came first are in the right.

        Args:
            is_new: this process has no sandboxes yet, so that all others came before it.

        Raises:
            EngineError: it does not answer.
        """
        cores = self._engine.info().cores
        own = self._settings.concurrency or cores
        started_at = math.inf if is_new else self._engine.started_at
        others = [each for each in self._engine.neighbours() if each.started_at < started_at]
        if not others or own + sum(each.slots for each in others) <= cores:
            return None
        return (
            f"the {cores} core{'' if cores == 1 else 's'} of the Docker host are used by {'; '.join(map(str, others))}:"
            f" end {'it' if len(others) == 1 else 'them'}, or divide the cores with ZUKO_CONCURRENCY, on both sides"
        )

    def find_slots(self) -> list[Core]:
        """Return the core of each run that may go on at a time, and announce them to other processes.

        Raises:
            EngineError: it does not answer.
        """
        settings, cores = self._settings, self._engine.info().cores
        slots = settings.concurrency or cores
        found: list[Core] = [None] * slots
        if settings.pin_cores and cores > 1 and settings.cpus <= 1:
            # One that has all cores is alone, and need not look for others.
            order = free_cores(cores, self._engine.neighbours()) if slots < cores else range(cores)
            found = [order[slot % cores] for slot in range(slots)]
        self._engine.announce(found)
        return found

    def look_around(self) -> int:
        """Sweep, look for languages of the site's, and warn of others that use the same cores; now and then.

        Returns:
            How many containers were removed that others had left behind.

        Raises:
            EngineError: it does not answer.
        """
        swept = self._engine.sweep()
        self._look_for_own()
        crowding = self.crowding()
        if crowding is not None and crowding != self._crowding:
            log.warning("times are measured wrong: %s", crowding)
        self._crowding = crowding
        return swept

    def _has_image(self, language: Language) -> bool:
        return self._engine.has_image(self._settings.image(language))

    def _look_for_own(self) -> None:
        """Add the site's own languages whose images are there by now."""
        add_own(self._engine.images_labelled(OWN_LABEL), self._settings.image_prefix)
