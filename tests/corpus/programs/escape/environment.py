#: claim = "The environment tells nothing of the service, its host or its keys."
#: status = "OK"
#: stdout = "contained\n"
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox

told = [name for name in os.environ if name.startswith(("ZUKO", "DOCKER", "AWS", "LAMBDA", "UV_", "VIRTUAL_ENV"))]
if told:
    sys.exit(f"BREACH: the environment names {told}")
print("contained")
