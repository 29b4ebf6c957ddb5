#== module attributes
import sys
found = dict(sys.modules)
import gc, re
def show(value):
    if isinstance(value, (set, frozenset)):
        text = type(value).__name__ + repr(sorted(map(show, value)))
    elif isinstance(value, dict):
        text = repr({key: each if isinstance(each, str) else type(each).__name__ for key, each in value.items()})
    else:
        text = repr(value)
    return re.sub(r"0x[0-9a-f]+", "0x", text)
for name, module in sorted(found.items()):
    for attribute, value in sorted(vars(module).items()):
        print(name, attribute, type(value).__name__, show(value))
#== main's attributes
names = dict(globals())
for name, value in names.items():
    print(name, type(value).__name__, value if isinstance(value, str) else "")
import __main__, sys
print(__main__ is sys.modules["__main__"], __main__.__file__, __main__.__spec__, __main__.__cached__)
print(type(__loader__), __loader__.name, __loader__.path, __builtins__, __main__.__annotations__, __main__.__doc__)
#== sys
import sys
for name in ("argv", "orig_argv", "flags", "path", "path_hooks", "meta_path", "executable", "_base_executable", "prefix",
             "exec_prefix", "base_prefix", "pycache_prefix", "dont_write_bytecode", "warnoptions", "_xoptions", "platlibdir",
             "path_importer_cache", "thread_info", "hash_info", "int_info", "implementation", "_home", "_git", "version"):
    print(name, str(getattr(sys, name)).split(" at 0x")[0])
print(sorted(sys.modules))
for name in ("getrecursionlimit", "getswitchinterval", "getdlopenflags", "getdefaultencoding", "getfilesystemencoding",
             "getfilesystemencodeerrors", "get_int_max_str_digits", "gettrace", "getprofile", "get_asyncgen_hooks",
             "get_coroutine_origin_tracking_depth", "is_stack_trampoline_active", "is_finalizing"):
    print(name, getattr(sys, name)())
print([sys.monitoring.get_tool(tool) for tool in range(6)], sys.exception(), sys.exc_info(), hasattr(sys, "last_exc"))
for name in ("stdin", "stdout", "stderr", "__stdin__", "__stdout__", "__stderr__"):
    stream = getattr(sys, name)
    print(name, stream, stream.encoding, stream.errors, stream.newlines, stream.line_buffering, stream.write_through,
          stream.isatty(), stream.seekable(), stream.readable(), stream.writable(), stream.fileno(), stream.buffer.raw)
#== collector
import gc
print(gc.get_count(), gc.get_stats(), gc.get_threshold(), gc.get_freeze_count(), gc.callbacks, gc.garbage, gc.isenabled())
print(gc.get_debug())
from collections import Counter
print(sorted(Counter(type(each).__name__ for each in gc.get_objects()).items()))
import sys
print(gc.collect(), gc.get_count(), gc.get_stats())
#== warnings, locale, time zone
import sys, warnings, locale, time, os
print(warnings.filters, warnings._defaultaction, warnings._onceregistry, sys.warnoptions)
for name in ("LC_ALL", "LC_CTYPE", "LC_NUMERIC", "LC_TIME", "LC_COLLATE", "LC_MONETARY", "LC_MESSAGES"):
    print(name, locale.setlocale(getattr(locale, name)))
print(locale.getlocale(), locale.getpreferredencoding(), locale.getencoding(), locale.localeconv())
print(time.tzname, time.timezone, time.altzone, time.daylight, time.localtime(0), time.strftime("%c %Z", time.gmtime(0)))
print(os.environ, dict(os.environb), os.getcwd(), os.getcwdb(), os.umask(0), os.listdir())
import ctypes
libc = ctypes.CDLL(None)
libc.getenv.restype = libc.strerror.restype = ctypes.c_char_p
print([libc.getenv(name) for name in (b"PATH", b"LANG", b"PYTHONHOME", b"LC_CTYPE")], libc.strerror(2), ctypes.get_errno())
print(ctypes.c_char_p.in_dll(libc, "program_invocation_name").value, libc.__ctype_get_mb_cur_max())
#== threads
import threading, _thread, os, sys
main = threading.main_thread()
print(threading.enumerate() == [main], main.name, main.native_id == os.getpid() == threading.get_native_id())
print(main.ident == threading.get_ident() == _thread.get_ident(), list(sys._current_frames()) == [main.ident])
print(threading.active_count(), _thread._count(), main.daemon, main.is_alive(), threading.stack_size())
seen = []
def show():
    me = threading.current_thread()
    seen.append((me.name, me.ident == threading.get_ident(), me.native_id == threading.get_native_id(), me.native_id - os.getpid()))
for _ in range(3):
    thread = threading.Thread(target=show)
    thread.start()
    thread.join()
print(seen, threading.enumerate() == [main])
def bare():
    import threading
    print(threading.current_thread().name)
lock = _thread.allocate_lock()
lock.acquire()
_thread.start_new_thread(lambda: (bare(), lock.release()), ())
lock.acquire()
#== the process
import os, resource, time
print(time.process_time() < 0.2, time.thread_time() < 0.2, time.perf_counter() > 1, time.monotonic() > 1)
usage = resource.getrusage(resource.RUSAGE_SELF)
print(usage.ru_utime + usage.ru_stime < 0.2, resource.getrusage(resource.RUSAGE_CHILDREN)[:4], os.times()[2:4])
print(os.getpid(), os.getppid(), os.getsid(0), os.getpgrp(), os.getpgid(os.getppid()))
print(os.getuid() == os.geteuid(), os.getresgid(), os.getgroups(), os.getpriority(os.PRIO_PROCESS, 0))
print(os.sched_getscheduler(0), os.sched_getparam(0), len(os.sched_getaffinity(0)), os.cpu_count(), os.get_blocking(0))
for name in sorted(name for name in dir(resource) if name.startswith("RLIMIT_")):
    print(name, resource.getrlimit(getattr(resource, name)))
try:
    os.open("/dev/tty", os.O_RDWR)
except OSError as error:
    print(error)
for fd in (0, 1, 2, 3, 4, 5, 10, 63, 64, 255):
    try:
        status = os.fstat(fd)
        print(fd, oct(status.st_mode), status.st_blksize, status.st_size, os.get_inheritable(fd), os.isatty(fd))
    except OSError as error:
        print(fd, error)
#== signals
import signal
for number in sorted(signal.valid_signals()):
    print(number, signal.getsignal(number))
print(signal.pthread_sigmask(signal.SIG_BLOCK, []), signal.sigpending(), signal.set_wakeup_fd(-1))
for each in (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF):
    print(signal.getitimer(each))
print(signal.alarm(0))
import ctypes
libc = ctypes.CDLL(None)
class Action(ctypes.Structure):
    _fields_ = [("handler", ctypes.c_void_p), ("mask", ctypes.c_ulong), ("rest", ctypes.c_ulong * 15), ("flags", ctypes.c_int), ("restorer", ctypes.c_void_p)]
for number in range(1, 65):
    action = Action()
    if libc.sigaction(number, None, ctypes.byref(action)) == 0:
        print(number, action.handler if (action.handler or 0) < 2 else "function", hex(action.mask), hex(action.flags))
class Stack(ctypes.Structure):
    _fields_ = [("sp", ctypes.c_void_p), ("flags", ctypes.c_int), ("size", ctypes.c_size_t)]
stack = Stack()
print(libc.sigaltstack(None, ctypes.byref(stack)), stack.sp, stack.flags, stack.size)
#== /proc
import os, re
skipped = ("Vm", "Rss", "voluntary", "nonvoluntary", "Uid", "Groups", "Mems", "Cpus_allowed")
for line in open("/proc/self/status"):
    if not line.startswith(skipped):
        print(line, end="")
for name in ("cmdline", "environ", "comm", "limits", "oom_score_adj", "oom_score", "setgroups", "gid_map", "cgroup",
             "coredump_filter", "personality", "timerslack_ns", "timens_offsets", "loginuid", "sessionid", "attr/current",
             "autogroup", "net/dev", "net/unix", "projid_map", "io", "children", "task/2/children"):
    try:
        text = open(f"/proc/self/{name}").read()
        if name in ("io", "autogroup", "cgroup", "oom_score"):  # counters, and names of the container
            text = re.sub(r"[0-9a-f.]+", "N", text)
        print(name, repr(text))
    except OSError as error:
        print(name, error)
print(os.readlink("/proc/self/exe"), os.readlink("/proc/self/cwd"), os.readlink("/proc/self/root"))
print(sorted(os.listdir("/proc/self/task")), sorted(os.listdir("/proc/self/ns")), sorted(filter(str.isdigit, os.listdir("/proc"))))
fds = os.listdir("/proc/self/fd")
for fd in "012":
    print(re.sub(r"\d+", "N", os.readlink(f"/proc/self/fd/{fd}")))
    print(re.sub(r"(mnt_id|ino):.*", "", open(f"/proc/self/fdinfo/{fd}").read()))
print(fds)
fields = open("/proc/self/stat").read().rpartition(")")[2].split()  # from field 3 on
names = {3: "state", 4: "ppid", 5: "pgrp", 6: "session", 7: "tty", 8: "tpgid", 11: "cminflt", 13: "cmajflt", 16: "cutime", 17:
         "cstime", 18: "priority", 19: "nice", 20: "threads", 23: "vsize", 25: "rsslim", 26: "startcode", 27: "endcode",
         31: "signal", 32: "blocked", 33: "sigignore", 34: "sigcatch", 38: "exit_signal", 40: "rt_priority", 41: "policy",
         45: "start_data", 46: "end_data", 52: "exit_code"}
print({name: fields[number - 3] for number, name in names.items()})
sizes = {}  # one mapping may be two parts after a fork
for line in open("/proc/self/maps"):
    places, rights, offset, _, _, *path = line.split()
    low, high = (int(end, 16) for end in places.split("-"))
    key = rights, *path, offset if path and path[0][0] == "/" else ""
    sizes[key] = sizes.get(key, 0) + (high - low if path != ["[stack]"] else 0)
for key, size in sorted(sizes.items()):
    print(*key, size)
for line in open("/proc/self/mountinfo"):
    words = line.split()
    if "overlay" not in words:
        print(re.sub(r"[0-9a-f]{64}|uid=\d+", "", " ".join(words[3:])))
for name in ("1", "self"):
    for file in ("cmdline", "comm", "status", "environ", "exe", "maps", "mem", "fd", "cwd", "root", "stat"):
        try:
            path = f"/proc/{name}/{file}"
            kind = len(os.listdir(path)) if file == "fd" else os.readlink(path) if file in ("exe", "cwd", "root") else len(open(path, "rb").read(1))
        except OSError as error:
            kind = error.strerror
        print(name, file, kind)
#== auxiliary vector
import ctypes, struct
libc = ctypes.CDLL(None)
libc.getauxval.restype = ctypes.c_ulong
print(ctypes.string_at(libc.getauxval(31)), ctypes.string_at(libc.getauxval(15)))
data = open("/proc/self/auxv", "rb").read()
values = dict(struct.iter_unpack("LL", data))
print(list(values), {kind: value for kind, value in values.items() if kind not in (7, 11, 12, 15, 25, 31, 33)})
#== prctl
import ctypes
libc = ctypes.CDLL(None)
for option in (2, 3, 7, 21, 25, 27, 30, 34, 37, 39, 42):
    value = ctypes.c_int(-7)
    print(option, libc.prctl(option, ctypes.byref(value) if option in (2, 25, 37) else 0, 0, 0, 0), value.value)
name = ctypes.create_string_buffer(16)
print(libc.prctl(16, name, 0, 0, 0), name.value)
print([libc.prctl(23, capability, 0, 0, 0) for capability in range(41)], [libc.prctl(47, 1, each, 0, 0) for each in range(41)])
print(libc.prctl(52, 0, 0, 0, 0), libc.prctl(52, 1, 0, 0, 0))
#== tracing of memory and frames
import tracemalloc, faulthandler, sys
print(tracemalloc.is_tracing(), tracemalloc.get_traced_memory(), tracemalloc.get_tracemalloc_memory(), faulthandler.is_enabled())
tracemalloc.start()
kept = bytearray(1000)
snapshot = tracemalloc.take_snapshot()
print(tracemalloc.get_object_traceback(kept), len(snapshot.filter_traces([tracemalloc.Filter(True, __file__)]).traces))
print(sys._getframe().f_back, sys._getframe().f_code.co_filename, sys.getrecursionlimit(), sys.gettrace())
#== how many may run
import os
children = 0
try:
    while children < 200:
        if os.fork() == 0:
            import time
            time.sleep(60)
        children += 1
except OSError as error:
    print(children, error)
#== the first process
print(open("/proc/1/comm").read(), open("/proc/1/cmdline").read().split("\0")[0].rpartition("/")[2])
for line in open("/proc/1/status"):
    # Not its SigIgn and SigCgt: it may be a copy of the interpreter, and blocks every signal. Nor its state at this moment.
    if line.startswith(("Name", "PPid", "Threads", "SigBlk", "SigPnd", "SigQ", "Shd", "Cap", "NoNew", "Seccomp")):
        print(line, end="")
fields = open("/proc/1/stat").read().rpartition(")")[2].split()
print(fields[1:5], fields[16:18])
import os
print(os.listdir("/proc/1/task"), os.access("/proc/1/fd", os.R_OK), os.stat("/proc/1").st_uid == os.getuid())
#== limits that it sets itself
import os, resource
resource.setrlimit(resource.RLIMIT_NPROC, (6, 6))
children = 0
try:
    while children < 20:
        if os.fork() == 0:
            import time
            time.sleep(60)
        children += 1
except OSError as error:
    print(children, error)
resource.setrlimit(resource.RLIMIT_AS, (60 << 20, 60 << 20))
kept = []
try:
    while True:
        kept.append(bytearray(1 << 20))
except MemoryError as error:
    print(repr(error))
print(len(kept))
resource.setrlimit(resource.RLIMIT_NOFILE, (10, 10))
try:
    while True:
        kept.append(os.dup(0))
except OSError as error:
    print(kept[-1], error)
#== memory of the interpreter
import sys
print(sys.getunicodeinternedsize(), sys.getallocatedblocks() // 100)  # less by one block of 64 bytes after a warm start
#== names of threads, owners of /proc
import os, threading, time
thread = threading.Thread(target=time.sleep, args=(0.05,), name="other")
thread.start()
for task in sorted(os.listdir("/proc/self/task")):
    print(task, open(f"/proc/self/task/{task}/comm").read())
thread.join()
for name in sorted(os.listdir("/proc/self")):
    status = os.lstat(f"/proc/self/{name}")
    print(name, oct(status.st_mode), status.st_uid == os.getuid(), status.st_gid)
