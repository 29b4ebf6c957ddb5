"""Judging: problems, verdicts, checkers, scores."""
