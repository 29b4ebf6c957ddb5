"""Contests: rules, scoreboards, and the events that they are computed from."""
