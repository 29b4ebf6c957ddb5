#== globals that say goodbye
class Noisy:
    def __init__(self, name):
        self.name = name
    def __del__(self):
        print("end of", self.name)
first = Noisy("first")
_second = Noisy("second")
third = [Noisy("in a list"), {"key": Noisy("in a dict")}]
def function(default=Noisy("default")):
    pass
class Holder:
    attribute = Noisy("attribute of a class")
#== what it can still use
import os, sys
class Noisy:
    def __del__(self):
        os.write(1, repr([name for name in ("os", "sys", "Noisy", "late") if globals().get(name) is None]).encode())
        os.write(1, f" {sys.stdout is None} {sys.meta_path is None} {len(sys.modules) > 10}\n".encode())
noisy = Noisy()
late = 1
keeps_globals_in_a_cycle = lambda: late
#== a cycle of globals
import os
class Noisy:
    def __init__(self, name):
        self.name = name
    def __del__(self, write=os.write):
        write(1, f"end of {self.name}\n".encode())
a, b, c = Noisy("a"), Noisy("b"), Noisy("c")
a.next, b.next, c.next = b, c, a
#== a cycle that is garbage before
import os
class Noisy:
    def __del__(self, write=os.write):
        write(1, b"collected\n")
for _ in range(3):
    noisy = Noisy()
    noisy.self = noisy
    del noisy
print("end of the program")
#== a cycle that comes to life again
import os
kept = []
class Noisy:
    def __del__(self, write=os.write):
        kept.append(self)
        write(1, f"{len(kept)}\n".encode())
noisy = Noisy()
noisy.self = noisy
del noisy
#== attributes of modules that were there before
import os, codecs, io, abc, stat, posixpath, site, time
class Noisy:
    def __init__(self, name):
        self.name = name
    def __del__(self, write=os.write):
        write(1, f"end of {self.name}\n".encode())
for module in (os, codecs, io, abc, stat, posixpath, site, time):
    module.of_the_program = Noisy(module.__name__)
own = Noisy("own")
own.self = own
#== one of them alone
import os
class Noisy:
    def __init__(self, name):
        self.name = name
        self.self = self
    def __del__(self, write=os.write):
        write(1, f"end of {self.name}\n".encode())
before = Noisy("before")
os.of_the_program = Noisy("in os")
after = Noisy("after")
#== attributes of sys and builtins
import builtins, os, sys
class Noisy:
    def __init__(self, name):
        self.name = name
    def __del__(self, write=os.write):
        write(1, f"end of {self.name}\n".encode())
builtins.of_the_program = Noisy("builtins")
sys.of_the_program = Noisy("sys")
sys.ps1 = Noisy("ps1")
own = Noisy("own")
#== an attribute of a class that was there before
import os
class Noisy:
    def __init__(self, name):
        self.name = name
    def __del__(self, write=os.write):
        write(1, f"end of {self.name}\n".encode())
os._Environ.of_the_program = Noisy("class")
#== hooks
import os, sys
class Noisy:
    def __init__(self, name):
        self.name = name
    def __call__(self, *arguments):
        os.write(1, f"call of {self.name}\n".encode())
    def __del__(self, write=os.write):
        write(1, f"end of {self.name}\n".encode())
sys.excepthook = Noisy("excepthook")
sys.unraisablehook = Noisy("unraisablehook")
sys.displayhook = Noisy("displayhook")
sys.path_hooks.append(Noisy("path hook"))
sys.path_importer_cache["/nowhere"] = Noisy("importer")
raise ValueError
#== error handlers and codecs
import codecs, os
class Noisy:
    def __init__(self, name):
        self.name = name
    def __call__(self, *arguments):
        return None
    def __del__(self, write=os.write):
        write(1, f"end of {self.name}\n".encode())
codecs.register_error("of the program", Noisy("handler"))
codecs.register(Noisy("search"))
#== weak references and their callbacks
import os, weakref
class Thing:
    pass
def gone(name):
    return lambda reference, write=os.write: write(1, f"{name} has gone\n".encode())
things = [Thing(), Thing()]
cycle = Thing()
cycle.self = cycle
references = [weakref.ref(thing, gone(number)) for number, thing in enumerate(things)]
of_cycle = weakref.ref(cycle, gone("cycle"))
of_module = weakref.ref(os, gone("os"))
of_class = weakref.ref(Thing, gone("class"))
finalizer = weakref.finalize(cycle, print, "finalized")
#== subclasses of what was there before
import abc, collections.abc, io, os
class Meta(abc.ABCMeta):
    def __del__(cls, write=os.write):
        write(1, f"end of {cls.__name__}\n".encode())
class Stream(io.StringIO):
    pass
class Path(os.PathLike, metaclass=Meta):
    def __fspath__(self):
        return ""
class Numbers(collections.abc.Sequence, metaclass=Meta):
    def __getitem__(self, index):
        return index
    def __len__(self):
        return 0
collections.abc.Mapping.register(Numbers)
numbers, path, stream = Numbers(), Path(), Stream()
#== suspended generators
import asyncio, os
def generator(name, write=os.write):
    try:
        yield
    finally:
        write(1, f"end of {name}\n".encode())
waiting = [generator(name) for name in "abc"]
for each in waiting:
    next(each)
in_a_cycle = generator("cycle")
next(in_a_cycle)
me = [in_a_cycle]
me.append(me)
del in_a_cycle, me
async def never():
    pass
coroutine = never()
#== a file that was not closed
import os
if os.fork() == 0:
    file = open("out", "w")
    file.write("buffered ")
    in_a_cycle = open("out2", "w")
    in_a_cycle.write("in a cycle ")
    in_a_cycle.self = in_a_cycle
    del in_a_cycle
    os.of_the_program = open("out3", "w")
    os.of_the_program.write("in a module")
else:
    os.wait()
    print(open("out").read(), open("out2").read(), open("out3").read())
#== an output that cannot be written
import sys
sys.stdout = open("/dev/full", "w")
print("lost")
#== an error output that cannot be written
import sys
sys.stderr = open("/dev/full", "w")
print("lost", file=sys.stderr)
#== an output that cannot be flushed
import sys
class Out:
    closed = False
    def write(self, text):
        sys.__stdout__.write(text.upper())
    def flush(self):
        sys.__stdout__.write("flush\n")
        raise OSError("cannot")
sys.stdout = Out()
print("text")
#== an output that says goodbye
import os, sys
class Out:
    def __init__(self):
        self.stream = sys.stdout
        self.self = self
    def write(self, text):
        self.stream.write(text)
    def flush(self):
        self.stream.write("flush\n")
        self.stream.flush()
    def __del__(self, write=os.write):
        write(1, b"end\n")
sys.stdout = Out()
print("text")
#== a closed output
import sys
print("text")
sys.stdout.close()
#== a module that replaces itself
#== file: other.py
import os, sys
class Module:
    def __init__(self, name):
        self.name = name
    def __del__(self, write=os.write):
        write(1, f"end of {self.name}\n".encode())
sys.modules[__name__] = Module("other")
value = Module("value")
#== file: main.py
import other, sys
main = sys.modules["__main__"]
del sys.modules["__main__"]
own = type(other)("own")
#== modules that need each other
#== file: one.py
import two
from noisy import Noisy
value = Noisy("one")
#== file: two.py
import one
from noisy import Noisy
value = Noisy("two")
def function():
    return one
#== file: noisy.py
import os
class Noisy:
    def __init__(self, name):
        self.name = name
    def __del__(self, write=os.write):
        write(1, f"end of {self.name}\n".encode())
#== file: main.py
import two
from noisy import Noisy
value = Noisy("main")
def function():
    return two
#== modules that are deleted
import os, sys
class Noisy:
    def __del__(self, write=os.write):
        write(1, b"end\n")
noisy = Noisy()
for name in ("os", "codecs", "io", "site"):
    del sys.modules[name]
del name
#== an empty sys.modules
import os, sys
class Noisy:
    def __del__(self, write=os.write):
        write(1, b"end\n")
noisy = Noisy()
sys.modules.clear()
#== many objects
import os
class Noisy:
    count = 0
    def __init__(self):
        self.self = self
    def __del__(self):
        Noisy.count += 1
        if Noisy.count % 50_000 == 0:
            os.write(1, f"{Noisy.count}\n".encode())
for _ in range(300_000):
    Noisy()
kept = [Noisy() for _ in range(100_000)]
print("end of the program", Noisy.count)
#== many objects that stay
import os
class Noisy:
    def __init__(self, name):
        self.name, self.self = name, self
    def __del__(self, write=os.write):
        write(1, f"end of {self.name}\n".encode())
first = Noisy("first")
kept = [[i] for i in range(200_000)]
last = Noisy("last")
#== a collection before the end
import gc, os
class Noisy:
    def __init__(self, name):
        self.name, self.self = name, self
    def __del__(self, write=os.write):
        write(1, f"end of {self.name}\n".encode())
Noisy("garbage")
print(gc.collect(), gc.get_freeze_count(), gc.isenabled())
Noisy("garbage")
kept = Noisy("kept")
#== frozen
import gc, os
class Noisy:
    def __init__(self, name):
        self.name, self.self = name, self
    def __del__(self, write=os.write):
        write(1, f"end of {self.name}\n".encode())
kept = Noisy("kept")
Noisy("garbage")
gc.freeze()
Noisy("garbage after")
#== callbacks of the collector
import gc, os
gc.collect()
gc.callbacks.append(lambda phase, info, write=os.write: write(1, f"{phase} {info['generation']}\n".encode()))
#== no collector
import gc, os
gc.disable()
class Noisy:
    def __del__(self, write=os.write):
        write(1, b"end\n")
noisy = Noisy()
noisy.self = noisy
del noisy
#== a subinterpreter
import _xxsubinterpreters as interpreters
for number in range(20):
    one = interpreters.create()
    interpreters.run_string(one, f"""
import gc, os, threading
class Noisy:
    def __init__(self):
        self.self = self
    def __del__(self, write=os.write):
        write(1, b"end of {number} {{0}}\\n")
noisy = Noisy()
gc.collect()
""")
    interpreters.destroy(one)
#== a subinterpreter that is left
import _xxsubinterpreters as interpreters
one = interpreters.create()
interpreters.run_string(one, "import os\nclass Noisy:\n    def __del__(self, write=os.write):\n        write(1, b'end\\n')\nnoisy = Noisy()")
#== a fork that ends like its parent
import os
class Noisy:
    def __init__(self):
        self.self = self
    def __del__(self, write=os.write):
        write(1, b"end of one\n")
noisy = Noisy()
if os.fork():
    os.wait()
    os.write(1, b"the parent\n")
#== processes and threads in a pool
import multiprocessing, concurrent.futures, os, threading
class Noisy:
    def __del__(self, write=os.write):
        write(1, b"end\n")
noisy = Noisy()
with concurrent.futures.ThreadPoolExecutor(2) as threads, multiprocessing.get_context("fork").Pool(2) as processes:
    print(list(threads.map(abs, [-1, -2])), processes.map(abs, [-3, -4]))
left = concurrent.futures.ThreadPoolExecutor(1)
left.submit(print, "in a thread")
#== variables of threads and contexts
import contextvars, os, threading
class Noisy:
    def __init__(self, name):
        self.name = name
    def __del__(self, write=os.write):
        write(1, f"end of {self.name}\n".encode())
local = threading.local()
local.value = Noisy("local")
variable = contextvars.ContextVar("variable")
variable.set(Noisy("variable"))
#== exceptions at the very end
import sys
class Bad:
    def __init__(self, name):
        self.name = name
    def __del__(self):
        raise ValueError(self.name)
a = Bad("global")
b = Bad("cycle")
b.self = b
sys.of_the_program = Bad("sys")
#== exit codes with something left
import atexit, os, sys
class Noisy:
    def __del__(self, write=os.write):
        write(1, b"end\n")
noisy = Noisy()
atexit.register(print, "atexit")
sys.exit(9)
#== os.register_at_fork and audit hooks
import os, sys
class Noisy:
    def __init__(self, name):
        self.name = name
    def __call__(self, *arguments):
        pass
    def __del__(self, write=os.write):
        write(1, f"end of {self.name}\n".encode())
os.register_at_fork(before=Noisy("at fork"))
sys.addaudithook(Noisy("hook"))
sys.setprofile(Noisy("profile"))
#== tracemalloc to the end
import os, tracemalloc
tracemalloc.start()
class Noisy:
    def __del__(self, write=os.write):
        write(1, f"{tracemalloc.is_tracing()}\n".encode())
noisy = Noisy()
#== ctypes at the end
import ctypes, os
class Structure(ctypes.Structure):
    _fields_ = [("x", ctypes.c_int)]
    def __del__(self, write=os.write):
        write(1, b"end\n")
callback = ctypes.CFUNCTYPE(ctypes.c_int)(lambda: 1)
structure = Structure(1)
print(callback(), ctypes.pythonapi.PyGC_Collect() >= 0)
