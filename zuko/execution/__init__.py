"""One submission: admitted, compiled, run, and concluded."""
