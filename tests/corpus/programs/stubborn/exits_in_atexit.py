#: claim = "An exit handler's exit code counts, and what it prints arrives."
#: status = "RUNTIME_ERROR"
#: exit_code = 12
#: stdout = "main\nhandler\n"
import atexit
import os


def last_word():
    print("handler", flush=True)
    os._exit(12)


atexit.register(last_word)
print("main")
