#: claim = "A program that does nothing costs an interpreter's start and no more; the supervisor's own memory is not in it."
#: status = "OK"
#: stdout = ""
#: cpu_ms_max = 300
#: memory_kb_min = 4000
#: memory_kb_max = 16000
# ru_maxrss of a child starts at its parent's resident size: a supervisor of 400 MB would show here (rsalesc/rbx#725).
