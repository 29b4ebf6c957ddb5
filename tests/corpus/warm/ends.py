#== the end of the file
print("x")
#== exit with a number
import sys
sys.exit(7)
#== exit with 256
import sys
sys.exit(256)
#== exit with -1
import sys
sys.exit(-1)
#== exit with a large number
import sys
sys.exit(1 << 80)
#== exit with a text
import sys
sys.exit("a text, ä€😀")
#== exit with None
import sys
sys.exit()
#== exit with an object
import sys
sys.exit([1, {2: 3}])
#== exit with an object that cannot be printed
import sys
class Bad:
    def __str__(self):
        raise ValueError("bad")
sys.exit(Bad())
#== exit() of site
exit(3)
#== quit() of site
quit("bye")
#== SystemExit with an attribute
error = SystemExit()
error.code = 9
raise error
#== SystemExit in a thread
import threading
def leave():
    raise SystemExit(5)
thread = threading.Thread(target=leave)
thread.start()
thread.join()
print("on")
#== SystemExit in atexit
import atexit, sys
@atexit.register
def leave():
    sys.exit(5)
#== os._exit with something in the buffer
import os
print("lost")
os._exit(4)
#== os.abort
import os
print("lost", flush=True)
os.abort()
#== an exception
def inner(value):
    return 1 / value
def outer():
    inner(
        0
    )
outer()
#== an exception with notes
error = ValueError("first\nsecond")
error.add_note("a note")
raise error
#== chained exceptions
def one():
    try:
        {}["key"]
    except KeyError as error:
        raise ValueError("from it") from error
try:
    one()
except ValueError:
    raise RuntimeError("while handling")
#== an exception group
raise ExceptionGroup("several", [ValueError(1), TypeError(2), ExceptionGroup("deeper", [KeyError("x")])])
#== an exception in another file
#== file: other.py
def fail():
    raise OSError(2, "text", "name")
#== file: main.py
import other
other.fail()
#== an exception while importing
#== file: other.py
x = (1
#== file: main.py
import other
#== an exception in code that has no file
exec(compile("def f():\n  raise LookupError\nf()", "<text>", "exec"))
#== a missing module
import no_such_module_at_all
#== a wrong name with a suggestion
value = 1
print(valeu)
#== a wrong attribute with a suggestion
import sys
sys.versoin
#== a library module that is forgotten
math.sqrt(1)
#== a syntax error
print("never")
x = = 1
#== an indentation error
def f():
print(1)
#== tabs and blanks
if True:
        x = 1
	y = 2
#== an unclosed bracket
x = [1, 2
print(x)
#== a bad character
x = 1 “text”
#== an unterminated text
x = 'text
#== latin-1 without a declaration
#== bytes: b"print('\xe4')\n"
#== latin-1 with a declaration
#== bytes: b"# coding: latin-1\nprint('\xe4', ascii('\xe4'))\n"
#== an unknown encoding
#== bytes: b"# coding: no-such-encoding\nprint(1)\n"
#== a byte order mark
#== bytes: b"\xef\xbb\xbfprint('bom')\n"
#== a NUL in the source
#== bytes: b"print(1)\n\0print(2)\n"
#== no source
#== bytes: b""
#== carriage returns
#== bytes: b"print(1)\r\nprint(2)\rprint(3)\n1/0"
#== a warning of the compiler
x = 5
if x is 5:
    print("\d")
assert (x, "always true")
#== a deprecation warning
import warnings
warnings.warn("old", DeprecationWarning)
warnings.warn("resource", ResourceWarning)
warnings.warn("user")
warnings.warn("user")
open("main.py")
#== an exception in a thread
import threading
def fail():
    raise ValueError("in a thread")
thread = threading.Thread(target=fail, name="worker")
thread.start()
thread.join()
#== exceptions in atexit and their order
import atexit
atexit.register(print, "first registered")
@atexit.register
def fail():
    raise ValueError("in atexit")
atexit.register(print, "last registered")
def never():
    print("never")
atexit.register(never)
atexit.unregister(never)
print("main")
#== an exception in __del__
class Fails:
    def __del__(self):
        raise ValueError("in __del__")
Fails.__qualname__ = "Fails"
Fails.__repr__ = lambda self: "it"
x = Fails()
del x
y = Fails()
#== __del__ at exit
import sys
class Says:
    def __init__(self, text):
        self.text = text
    def __del__(self):
        print("gone", self.text, sys.modules.get("__main__") is not None if sys and sys.modules else None)
a = Says("global")
b = Says("in a cycle")
b.itself = b
c = [Says("in a list")]
#== recursion without end
def f(n):
    return f(n + 1)
f(0)
#== recursion in repr
class A:
    def __repr__(self):
        return repr(self)
try:
    repr(A())
except RecursionError as error:
    print(error)
x = []
for _ in range(100_000):
    x = [x]
try:
    repr(x)
except RecursionError as error:
    print(error)
try:
    eval("(" * 150 + ")" * 150)
    eval("-" * 100_000 + "1")
except (RecursionError, MemoryError, SyntaxError) as error:
    print(type(error), error)
#== how deep it can be
import sys
deepest = 0
def f(n):
    global deepest
    deepest = n
    f(n + 1)
try:
    f(1)
except RecursionError as error:
    print(deepest, error)
def g(n):
    global deepest
    deepest = n
    sorted([1], key=lambda _: g(n + 1))
sys.setrecursionlimit(10 ** 9)
try:
    g(1)
except RecursionError as error:
    print(deepest, error)
#== 200,000 calls deep
import sys
sys.setrecursionlimit(1_000_000)
def f(n):
    return 0 if n == 0 else 1 + f(n - 1)
print(f(200_000))
#== 100,000 deep in a thread
import sys, threading
sys.setrecursionlimit(1_000_000)
threading.stack_size(64 << 20)
def f(n):
    return 0 if n == 0 else 1 + f(n - 1)
thread = threading.Thread(target=lambda: print(f(100_000)))
thread.start()
thread.join()
#== KeyboardInterrupt
raise KeyboardInterrupt
#== KeyboardInterrupt by a signal
import os, signal
print("before")
os.kill(os.getpid(), signal.SIGINT)
print("after")
#== KeyboardInterrupt that is handled
import os, signal
try:
    os.kill(os.getpid(), signal.SIGINT)
    while True: pass
except KeyboardInterrupt as error:
    print("handled", error)
#== KeyboardInterrupt with the default handler
import os, signal
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.kill(os.getpid(), signal.SIGINT)
#== SIGTERM
import os, signal
print("lost")
os.kill(os.getpid(), signal.SIGTERM)
#== SIGKILL
import os, signal
os.kill(os.getpid(), signal.SIGKILL)
#== SIGSEGV
import os, signal
os.kill(os.getpid(), signal.SIGSEGV)
#== a null pointer
import ctypes
ctypes.string_at(0)
#== a null pointer with faulthandler
import ctypes, faulthandler
faulthandler.enable()
def f():
    ctypes.string_at(0)
f()
#== SIGXFSZ is ignored
import os, signal
os.kill(os.getpid(), signal.SIGXFSZ)
print("on")
#== SIGPIPE is ignored
import os
read, write = os.pipe()
os.close(read)
try:
    os.write(write, b"x")
except BrokenPipeError as error:
    print(error)
import signal
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
os.write(write, b"x")
#== alarm
#== timing: it sleeps
import signal, time
signal.signal(signal.SIGALRM, lambda number, frame: print("alarm", number, frame.f_code.co_name))
signal.setitimer(signal.ITIMER_REAL, 0.01)
time.sleep(0.05)
signal.setitimer(signal.ITIMER_REAL, 0.01)
print(signal.pause())
signal.signal(signal.SIGALRM, signal.SIG_DFL)
signal.setitimer(signal.ITIMER_REAL, 0.01)
time.sleep(5)
#== signals to threads
#== timing: it sleeps
import signal, threading, time
got = []
signal.signal(signal.SIGUSR1, lambda *_: got.append(threading.current_thread().name))
thread = threading.Thread(target=time.sleep, args=(0.1,))
thread.start()
signal.pthread_kill(thread.ident, signal.SIGUSR1)
thread.join()
print(got)
signal.raise_signal(signal.SIGUSR1)
print(got, signal.siginterrupt(signal.SIGUSR1, False))
#== sigwait and a wakeup descriptor
import os, signal
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
os.kill(os.getpid(), signal.SIGUSR1)
print(signal.sigpending(), signal.sigwait([signal.SIGUSR1]), signal.sigtimedwait([signal.SIGUSR1], 0))
read, write = os.pipe2(os.O_NONBLOCK)
signal.set_wakeup_fd(write)
signal.signal(signal.SIGUSR2, lambda *_: None)
os.kill(os.getpid(), signal.SIGUSR2)
print(os.read(read, 10))
#== a daemon thread at the end
import threading, time
def spin():
    while True:
        time.sleep(0.001)
threading.Thread(target=spin, daemon=True).start()
print("end")
#== a thread at the end
#== timing: it sleeps
import threading, time, atexit
def late():
    time.sleep(0.05)
    print("thread")
threading.Thread(target=late).start()
atexit.register(print, "atexit")
print("main")
#== excepthooks of its own
import sys, threading
sys.excepthook = lambda kind, error, trace: print("hook", kind.__name__, error, trace.tb_lineno)
threading.excepthook = lambda arguments: print("thread hook", arguments.exc_value)
sys.unraisablehook = lambda each: print("unraisable", each.exc_value)
class Fails:
    def __del__(self): 1 / 0
Fails()
thread = threading.Thread(target=lambda: 1 / 0)
thread.start()
thread.join()
raise ValueError("x")
#== an excepthook that fails
import sys
def hook(*_):
    raise TypeError("hook")
sys.excepthook = hook
raise ValueError("x")
#== a forbidden call
import ctypes
print("lost", flush=True)
ctypes.CDLL(None).ptrace(0, 0, 0, 0)
#== too much output
#== limits: stdout_bytes=1000
print("x" * 100_000)
#== the end of the time
#== timing: it has 50 ms to write out its buffers
#== limits: wall_time_ms=400
print("in the buffer")
while True: pass
#== the end of the time, asleep
#== timing: it has 50 ms to write out its buffers
#== limits: wall_time_ms=300
import time
print("in the buffer")
time.sleep(60)
#== the end of the CPU time
#== timing: it has 50 ms to write out its buffers
#== limits: cpu_time_ms=150
print("in the buffer")
while True: pass
#== the end of the memory
kept = []
while True:
    kept.append(bytearray(b"x") * (1 << 20))
#== the end of the memory, at once
x = b"x" * (300 << 20)
#== MemoryError
try:
    x = bytearray(1 << 50)
except MemoryError as error:
    print(repr(error))
x = [0] * (1 << 60)
#== main returns while children run
import subprocess
subprocess.Popen(["/bin/sleep", "100"])
print("end")
