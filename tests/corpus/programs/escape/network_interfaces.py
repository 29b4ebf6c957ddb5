#: claim = "There is no interface with a carrier but the loopback, and no route."
#: status = "OK"
#: stdout = "contained: no route\n"
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import socket

named = {name for _, name in socket.if_nameindex()}
reaching = {name for name in named if name.startswith(("eth", "en", "wl", "veth", "docker", "br"))}
if reaching:
    sys.exit(f"BREACH: interfaces {reaching}")
if len(open("/proc/net/route").readlines()) > 1:
    sys.exit("BREACH: a route: " + open("/proc/net/route").read())
print("contained: no route")
