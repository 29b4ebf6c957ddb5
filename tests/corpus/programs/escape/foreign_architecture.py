#: claim = "A 32-bit call, whose numbers mean other calls, does not get past the filter."
#: status = "RUNTIME_ERROR"
#: reason = ["forbidden_syscall", "signal"]
#: stdout = "before\n"
# seccomp(2): a filter that does not look at the architecture lets int 0x80 through. "signal" is a kernel without
# 32-bit calls (CONFIG_IA32_EMULATION), where int 0x80 itself is a fault.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import ctypes
import mmap

MAP_32BIT = 0x40
page = mmap.mmap(
    -1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | MAP_32BIT
)
code_at = ctypes.addressof(ctypes.c_char.from_buffer(page))
limit_at = code_at + 2048
page[2048:2064] = (3).to_bytes(8, "little") * 2
code = (
    b"\x53"  # push rbx
    + b"\xb8" + (340).to_bytes(4, "little")  # mov eax, prlimit64
    + b"\xbb" + (1).to_bytes(4, "little")  # mov ebx, pid 1
    + b"\xb9" + (7).to_bytes(4, "little")  # mov ecx, RLIMIT_NOFILE
    + b"\xba" + limit_at.to_bytes(4, "little")  # mov edx, the new limit
    + b"\x31\xf6\xcd\x80\x5b\xc3"  # xor esi, esi; int 0x80; pop rbx; ret
)
page[: len(code)] = code
print("before", flush=True)
sys.exit(f"BREACH: the call returned {ctypes.CFUNCTYPE(ctypes.c_int)(code_at)()}")
