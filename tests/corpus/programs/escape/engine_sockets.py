#: claim = "No socket of a container engine is within reach, by path or in the abstract namespace."
#: status = "OK"
#: stdout = "contained\n"
# CVE-2020-15257: containerd-shim listened on abstract sockets, which belong to the network namespace.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import socket

for address in (
    "/var/run/docker.sock", "/run/docker.sock", "/run/containerd/containerd.sock", "/run/podman/podman.sock", "/run/dbus/system_bus_socket",
    "/run/systemd/private", "/run/user/0/docker.sock",
):
    attempt = socket.socket(socket.AF_UNIX)
    try:
        attempt.connect(address)
    except OSError:
        continue
    sys.exit(f"BREACH: connected to {address}")
lines = [line.split() for line in open("/proc/net/unix").readlines()[1:]]
names = [line[7] for line in lines if len(line) > 7]  # unnamed ones have no eighth column
if names:
    sys.exit(f"BREACH: sockets of others: {names}")
print("contained")
