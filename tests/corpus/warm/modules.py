#== files like modules that are imported later
#== file: queue.py
mine = "queue"
#== file: random.py
mine = "random"
#== file: collections.py
mine = "collections"
#== file: heapq.py
mine = "heapq"
#== file: typing.py
mine = "typing"
#== file: json.py
mine = "json"
#== file: string.py
mine = "string"
#== file: types.py
mine = "types"
#== file: warnings.py
mine = "warnings"
#== file: re.py
mine = "re"
#== file: enum.py
mine = "enum"
#== file: signal.py
mine = "signal"
#== file: main.py
import queue, random, collections, heapq, typing, json, string, types, warnings, re, enum, signal
for module in (queue, random, collections, heapq, typing, json, string, types, warnings, re, enum, signal):
    print(module.__name__, module.mine, module.__file__, module.__spec__.origin, module.__cached__)
#== files like modules that are loaded at the start
#== file: os.py
print("os")
#== file: site.py
print("site")
#== file: sitecustomize.py
print("sitecustomize")
#== file: usercustomize.py
print("usercustomize")
#== file: encodings.py
print("encodings")
#== file: codecs.py
print("codecs")
#== file: io.py
print("io")
#== file: abc.py
print("abc")
#== file: stat.py
print("stat")
#== file: posixpath.py
print("posixpath")
#== file: genericpath.py
print("genericpath")
#== file: _collections_abc.py
print("_collections_abc")
#== file: builtins.py
print("builtins")
#== file: sys.py
print("sys")
#== file: time.py
print("time")
#== file: zipimport.py
print("zipimport")
#== file: _sitebuiltins.py
print("_sitebuiltins")
#== file: main.py
import os, site, sitecustomize, usercustomize, encodings, codecs, io, abc, stat, posixpath, genericpath, _collections_abc
import builtins, sys, time, zipimport, _sitebuiltins
for module in (os, site, sitecustomize, usercustomize, encodings, codecs, io, abc, stat, posixpath, genericpath,
               _collections_abc, builtins, sys, time, zipimport, _sitebuiltins):
    print(module.__name__, module.__spec__, getattr(module, "__file__", None))
import importlib
print(importlib.reload(stat).__file__, importlib.reload(io).__file__)
del sys.modules["stat"]
import stat
print(stat.__file__)
#== an encoding of its own
#== file: latin_5.py
raise SystemExit("mine")
#== file: main.py
import codecs, encodings.utf_16, encodings.idna
print(codecs.lookup("latin-5"), "ä".encode("utf-16-le"), "ä".encode("idna"), encodings.__path__, encodings.utf_16.__file__)
#== a file like the program
#== file: __main__.py
print("__main__.py")
#== file: main.pyc
not compiled
#== file: __init__.py
print("init")
#== file: main.py
import sys
print(__name__, sys.argv, __file__)
if __name__ == "__main__":
    import main
    print(main.__file__, main is sys.modules["__main__"])
    import runpy
    print(runpy.run_path("/workspace")["__name__"])
#== settings in files
#== file: pyvenv.cfg
home = /tmp
include-system-site-packages = true
#== file: python312._pth
/tmp
#== file: extra.pth
import sys; print("pth")
#== file: main.py
import sys
print(sys.path, sys.prefix, sys.base_prefix, sys.flags)
#== a library module that fails
#== file: threading.py
raise ImportError("mine")
#== file: main.py
import atexit
atexit.register(print, "atexit")
import threading
#== a threading of its own at the end
#== file: threading.py
def _shutdown():
    print("mine, at the end")
#== file: main.py
import threading
print("main")
#== a module that is made while it runs
import importlib, os, sys
open("made.py", "w").write("value = 1")
import made
print(made.value, made.__cached__, os.listdir())
open("later.py", "w").write("value = 2")
importlib.invalidate_caches()
import later
print(later.value, sorted(sys.path_importer_cache)[-1])
#== where modules come from
import sys, importlib.util, inspect
for name in ("os", "io", "abc", "site", "codecs", "encodings", "encodings.utf_8", "sitecustomize", "json", "math", "_struct", "zlib"):
    spec = importlib.util.find_spec(name)
    print(spec, spec.cached, spec.has_location)
import os, json, math
print(inspect.getsourcefile(os), inspect.getsource(os.makedirs)[:80], json.__loader__.name, math)
#== importing the whole library
import importlib, sys
failed = []
for name in sorted(sys.stdlib_module_names - {"antigravity", "this", "idlelib", "tkinter", "turtle", "turtledemo", "lib2to3"}):
    try:
        importlib.import_module(name)
    except Exception as error:
        failed.append((name, repr(error)))
print(failed)
print(sorted(set(sys.modules)))
