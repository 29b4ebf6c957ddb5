#: claim = "A MemoryError that Python raises by itself is the program's error, not the memory limit."
#: status = "RUNTIME_ERROR"
#: exit_code = 1
#: stderr_contains = ["MemoryError"]
#: memory_kb_max = 30000

b"x" * (1 << 62)
