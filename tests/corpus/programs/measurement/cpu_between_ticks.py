#: claim = "A program that sleeps over every timer tick is charged what it used."
#: timeout = 10
#: status = "OK"
#: cpu_ms_min = 300
#: cpu_ms_max = 900
# Tsafrir, Etsion, Feitelson, "Secretly Monopolizing the CPU Without Superuser Privileges" (USENIX Security 2007): where
# time is charged by sampling at ticks, who never runs at a tick runs for nothing.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import time

while time.process_time() < 0.3:
    end = time.perf_counter() + 0.0008
    while time.perf_counter() < end:
        pass
    time.sleep(0.0002)
