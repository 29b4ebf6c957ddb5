#: claim = "Hello."
#: status = "OK"
#: exit_code = 0
#: stdout = "Hello Zuko\n"
#: stderr = ""
#: stdout_truncated = false
#: stderr_truncated = false
print("Hello Zuko")
