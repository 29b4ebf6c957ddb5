"""Property tests without a deadline for one example: other tests keep every core busy, and a time is no property."""

from hypothesis import settings

settings.register_profile("judge", deadline=None)
settings.load_profile("judge")
