#== multiprocessing by fork
import multiprocessing, os
def square(n):
    return n * n, multiprocessing.current_process().name, multiprocessing.parent_process().pid == os.getppid()
if __name__ == "__main__":
    print(multiprocessing.get_start_method(), multiprocessing.get_all_start_methods())
    with multiprocessing.Pool(1) as pool:
        print(pool.map(square, range(4)))
    queue = multiprocessing.Queue()
    process = multiprocessing.Process(target=queue.put, args=(multiprocessing.current_process().name,))
    process.start()
    print(queue.get())
    process.join()
    print(process.exitcode, multiprocessing.active_children())
    value = multiprocessing.Value("i", 3)
    print(value.value, multiprocessing.Array("d", [1.5])[:])
#== multiprocessing by spawn
import multiprocessing, sys
def show(queue):
    queue.put((__name__, sys.argv, str(sys.flags), sys.path, multiprocessing.current_process().name, sorted(sys.modules)))
if __name__ == "__main__":
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    process = context.Process(target=show, args=(queue,))
    process.start()
    print(queue.get())
    process.join()
    print(process.exitcode)
#== multiprocessing by forkserver
import multiprocessing, sys
def show(queue):
    queue.put((__name__, sys.argv, str(sys.flags), sys.path))
    raise SystemExit(4)
if __name__ == "__main__":
    context = multiprocessing.get_context("forkserver")
    queue = context.Queue()
    process = context.Process(target=show, args=(queue,))
    process.start()
    print(queue.get())
    process.join()
    print(process.exitcode)
#== shared memory
from multiprocessing import shared_memory
block = shared_memory.SharedMemory(create=True, size=100)
block.buf[:3] = b"abc"
again = shared_memory.SharedMemory(block.name)
print(bytes(again.buf[:4]))
again.close()
block.close()
block.unlink()
#== subprocesses
import os, signal, subprocess, sys
code = "import os, signal, sys; print(sys.argv, sys.flags, sys.path, sys.executable, sorted(sys.modules), os.getpid() > 2)"
print(subprocess.run([sys.executable, "-c", code, "word"], capture_output=True, text=True))
show = "import signal; print([(n, signal.getsignal(n)) for n in sorted(signal.valid_signals())], signal.pthread_sigmask(0, []))"
print(subprocess.run([sys.executable, "-c", show], capture_output=True, text=True))
print(subprocess.run([sys.executable, "-c", "import os; print(sorted(os.environ.items()), os.listdir('/proc/self/fd'))"], capture_output=True))
print(subprocess.run(["/bin/sh", "-c", "echo $0 $PPID; ulimit -a; umask; exit 3"], capture_output=True, text=True))
print(subprocess.run(["/bin/cat", "/proc/self/comm", "/proc/self/oom_score_adj"], capture_output=True, text=True))
print(subprocess.call([sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"]), os.system("exit 5"), os.popen("echo x").read())
print(subprocess.run([sys.executable, "-c", "import os; os.write(1, b'a'); os.closerange(0, 3)"], start_new_session=True))
print(os.posix_spawn("/bin/true", ["true"], {}) > 2, os.wait()[1])
#== execv of itself
import os, sys
if "again" not in sys.argv:
    print("first", flush=True)
    os.execv(sys.executable, [sys.executable, "main.py", "again"])
print(sys.argv, sys.orig_argv, os.getpid(), sorted(sys.modules))
#== forks
#== timing: it sleeps
import os, sys, threading, atexit, random
os.register_at_fork(before=lambda: print("before"), after_in_child=lambda: print("child"), after_in_parent=lambda: print("parent"))
atexit.register(lambda: print("atexit", os.getpid() == 2))
sys.stdout.flush()
pid = os.fork()
if pid == 0:
    print(os.getppid(), threading.main_thread().native_id == os.getpid(), threading.active_count(), os.getsid(0))
    sys.exit(2)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
child = os.fork()
if child == 0:
    if os.fork() == 0:
        import time
        time.sleep(0.02)
        os.write(1, b"orphan of %d\n" % os.getppid())
    os._exit(0)
os.wait()
import time
time.sleep(0.1)
#== sessions and groups
import os
for attempt in (os.setsid, os.setpgrp, lambda: os.setpgid(0, 0), lambda: os.kill(1, 0), lambda: os.kill(1, 9), lambda: os.getsid(1),
                lambda: os.getpgid(1), lambda: os.sched_getaffinity(1) and None, lambda: os.nice(1), lambda: os.nice(-1), lambda: os.pidfd_open(1)):
    try:
        print(attempt())
    except OSError as error:
        print(error)
child = os.fork()
if child == 0:
    os.setpgid(0, 0)
    print(os.getpgrp() == os.getpid(), os.getsid(0))
    import sys
    sys.exit()
print(os.wait()[1])
#== futures
import concurrent.futures, os, threading
def work(n):
    return n + 1
if __name__ == "__main__":
    with concurrent.futures.ThreadPoolExecutor() as pool:
        print(list(pool.map(work, range(5))), pool._max_workers, sorted(t.name for t in threading.enumerate())[:1])
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        print(list(pool.map(work, range(5))), pool._mp_context.get_start_method())
        future = pool.submit(os._exit, 1)
        print(type(future.exception()).__name__)
#== asyncio
import asyncio, sys, os
async def main():
    loop = asyncio.get_running_loop()
    print(type(loop), asyncio.current_task().get_name(), loop.get_debug(), type(asyncio.get_event_loop_policy()))
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", "print(input())", stdin=-1, stdout=-1)
    print(await process.communicate(b"hello\n"), process.returncode)
    shell = await asyncio.create_subprocess_shell("exit 7")
    print(await shell.wait())
    print(await asyncio.to_thread(os.getpid), await asyncio.gather(asyncio.sleep(0, 1), asyncio.sleep(0, 2)))
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    print(await reader.read())
    async def fails():
        raise ValueError("in a task")
    kept = asyncio.create_task(fails(), name="fails")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    del kept
    try:
        async with asyncio.timeout(0.01):
            await asyncio.sleep(10)
    except TimeoutError as error:
        print(repr(error))
asyncio.run(main())
#== faulthandler
#== timing: it sleeps
import faulthandler, sys, threading, signal, os, time
def f():
    faulthandler.dump_traceback(all_threads=False)
f()
faulthandler.register(signal.SIGUSR1, all_threads=False)
os.kill(os.getpid(), signal.SIGUSR1)
faulthandler.dump_traceback_later(0.02, exit=False)
time.sleep(0.2)
faulthandler.dump_traceback_later(0.02, exit=True)
time.sleep(6)
#== a fatal error
import ctypes
ctypes.pythonapi.Py_FatalError(b"on purpose")
#== subinterpreters
import _xxsubinterpreters as sub
print(sub.get_main(), sub.get_current(), [int(each) for each in sub.list_all()])
inner = sub.create()
print(int(inner), sub.run_string(inner, """
import sys, threading, os
print(sorted(sys.modules), sys.argv, sys.path, sys.flags, os.getpid(), threading.main_thread().native_id, flush=True)
try:
    os.fork()
except RuntimeError as error:
    print(error, flush=True)
"""))
try:
    sub.run_string(inner, "1 / 0")
except sub.RunFailedError as error:
    print(error)
sub.destroy(inner)
#== random numbers
import random, secrets, uuid, tempfile, os
random.seed(5)
print(random.random(), random.getstate()[1][:3], random.Random(7).sample(range(100), 5), random.Random("text").random())
print(len(secrets.token_hex()), uuid.uuid4().version, uuid.uuid5(uuid.NAMESPACE_DNS, "x"), tempfile.gettempdir(), hash(1.5), hash(None) == hash(None))
with tempfile.NamedTemporaryFile() as file, tempfile.TemporaryDirectory() as folder:
    print(os.path.dirname(file.name), oct(os.stat(folder).st_mode), oct(os.stat(file.name).st_mode))
#== threads that work
#== timing: it sleeps
import threading, queue, _thread, time
waiting = queue.Queue()
results = []
def worker():
    while (item := waiting.get()) is not None:
        results.append(item * 2)
threads = [threading.Thread(target=worker) for _ in range(4)]
for thread in threads: thread.start()
for item in range(100): waiting.put(item)
for _ in threads: waiting.put(None)
for thread in threads: thread.join()
print(sum(results), [thread.name for thread in threads])
timer = threading.Timer(0.01, print, ["timer"])
timer.start()
local = threading.local()
local.x = 1
condition = threading.Condition()
print(threading.Event().wait(0.001), threading.Semaphore(0).acquire(timeout=0.001), local.x, type(condition))
timer.join()
#== sockets, files, locks
import fcntl, mmap, os, select, socket
server = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(server.getsockname())
print(client.getpeername() == server.getsockname(), server.fileno(), client.fileno(), socket.gethostname() == os.uname().nodename)
print(select.select([server], [], [], 0)[0] == [server], select.epoll().fileno())
with open("file", "w") as file:
    fcntl.flock(file, fcntl.LOCK_EX)
    print(file.fileno(), file.name, file.encoding, file.line_buffering)
anonymous = mmap.mmap(-1, 4096)
anonymous[:3] = b"abc"
if os.fork() == 0:
    anonymous[:3] = b"xyz"
    os._exit(0)
os.wait()
print(anonymous[:3], open("/proc/self/oom_score_adj", "r").read())
for path in ("/proc/self/oom_score_adj", "/proc/self/clear_refs", "/proc/self/comm", "/proc/self/mem", "/usr/x", "/x", "/proc/sys/kernel/hostname", "/dev/null"):
    try:
        print(path, open(path, "w").close())
    except OSError as error:
        print(error)
#== a trace, a profile, a monitor
import sys, cProfile, io, pstats
lines = []
def trace(frame, event, argument):
    if frame.f_code.co_filename.endswith("main.py"):
        lines.append((event, frame.f_lineno))
    return trace
def f():
    x = 1
    return x
sys.settrace(trace)
f()
sys.settrace(None)
print(lines)
profile = cProfile.Profile()
profile.runcall(f)
print(sorted((name[2], row[:2]) for name, row in pstats.Stats(profile).stats.items()))
sys.monitoring.use_tool_id(2, "tool")
seen = []
sys.monitoring.register_callback(2, sys.monitoring.events.PY_START, lambda code, offset: seen.append(code.co_name))
sys.monitoring.set_events(2, sys.monitoring.events.PY_START)
f()
sys.monitoring.set_events(2, 0)
print(seen)
sys.addaudithook(lambda event, arguments: print(event) if event in ("open", "import", "compile") else None)
open("main.py").close()
compile("1", "x", "eval")
import colorsys
