"""Benchmarks of Zuko beside the bare interpreter and `docker run`: see docs/reference/benchmarks.md."""
