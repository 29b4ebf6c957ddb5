#: claim = "One line of a million characters arrives whole."
#: status = "OK"
#: stdout_bytes = 1000000
#: stdout_truncated = false
# What reads lines from a log driver gets pieces of 16 KiB.
print("x" * 1_000_000, end="")
