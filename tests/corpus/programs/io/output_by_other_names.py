#: claim = "/dev/stdout and /dev/stderr can be opened as programs do."
#: status = "OK"
#: stdout = "one\ntwo\n"
#: stderr = "three\n"
print("one", flush=True)
with open("/dev/stdout", "w") as file:
    print("two", file=file)
with open("/dev/stderr", "w") as file:
    print("three", file=file)
