#== order of buffered and direct output
import os, sys
print("buffered 1")
os.write(1, b"direct 1\n")
sys.stdout.flush()
print("buffered 2")
os.write(1, b"direct 2\n")
sys.stderr.write("no newline")
os.write(2, b" direct\n")
print("x" * 10_000)
os.write(1, b"direct 3\n")
sys.stdout.buffer.write(b"bytes\n")
#== how much is buffered
import os, sys
for size in (100, 4000, 4095, 4096, 4097, 8191, 8192, 8193):
    sys.stdout.write("a" * size)
    os.write(1, b"|%d|" % size)
sys.stdout.buffer.write(b"b" * 5000)
os.write(1, b"|")
sys.stdout.buffer.write(b"b" * 5000)
os.write(1, b"|")
#== a closed stdout
import sys
sys.stdout.close()
#== a descriptor closed under stdout
import os
print("lost")
os.close(1)
#== a descriptor closed under stderr
import os
os.close(2)
1 / 0
#== stdout is None
import sys
sys.stdout = None
print("nothing")
#== stdout is a pipe without a reader
import os
read, write = os.pipe()
os.close(read)
os.dup2(write, 1)
print("lost")
#== all descriptors closed
import os
for fd in range(3):
    os.close(fd)
print(open("main.py").fileno())
#== an error that stderr cannot show
import sys
sys.stderr = None
1 / 0
#== reconfigured streams
#== input: "zwei\r\nZeilen ä\r\n".encode("latin-1")
import sys
sys.stdin.reconfigure(encoding="latin-1", newline="")
print(repr(sys.stdin.readline()), repr(sys.stdin.read()))
sys.stdout.reconfigure(encoding="latin-1", errors="replace", line_buffering=True, newline="\r\n")
print("ä€")
import os
os.write(1, b"direct")
sys.stdout.reconfigure(write_through=True)
print("after", end="")
os.write(1, b"direct")
#== bytes that are not UTF-8
#== input: b"\xff\xfe\n\xc3\xa4\n"
import sys
print(ascii(sys.stdin.readline()), ascii(sys.stdin.readline()))
sys.stderr.write("\ud800 \udcff\n")
sys.stdout.write("\udcff\n")
#== a surrogate on stdout
print("\ud800")
#== reading lines
#== input: b"one\ntwo\r\nthree\rfour\n\nlast"
import sys
print(repr(sys.stdin.readline()), repr(input()), repr(input()))
for line in sys.stdin:
    print(repr(line))
print(repr(sys.stdin.read()), sys.stdin.newlines, sys.stdin.closed)
try:
    input("prompt> ")
except EOFError as error:
    print(repr(error))
#== reading and seeking
#== input: b"0123456789\nabc\n"
import os, sys
print(sys.stdin.tell(), sys.stdin.seekable(), os.lseek(0, 0, os.SEEK_CUR), os.fstat(0).st_size)
print(sys.stdin.read(4), sys.stdin.tell(), os.lseek(0, 0, os.SEEK_CUR))
print(sys.stdin.seek(0), sys.stdin.readline(), sys.stdin.tell())
print(sys.stdin.buffer.seek(2), sys.stdin.buffer.peek(3)[:3], sys.stdin.buffer.read1(3), sys.stdin.buffer.raw.tell())
os.lseek(0, 5, os.SEEK_SET)
print(os.read(0, 3), os.pread(0, 3, 0))
print(sys.stdin.buffer.raw.readall(), sys.stdin.fileno(), sys.stdin.name, sys.stdin.mode, sys.stdin.isatty())
print(open(0, "rb", closefd=False).seek(0, 2), open("/dev/stdin").read())
import mmap
print(mmap.mmap(0, 0, access=mmap.ACCESS_READ)[:])
for attempt in (lambda: os.write(0, b"x"), lambda: os.ftruncate(0, 100), lambda: sys.stdin.write("x"), lambda: mmap.mmap(0, 0)):
    try:
        print(attempt())
    except Exception as error:
        print(type(error).__name__, error)
#== reading in large pieces
#== input: b"".join(b"%d\n" % n for n in range(50_000))
import sys
first = sys.stdin.readline()
print(first, sys.stdin.tell(), sum(map(int, sys.stdin.buffer)), sum(map(int, sys.stdin)))
#== reading numbers with input()
#== input: b"".join(b"%d\n" % n for n in range(5_000))
import os
print(sum(int(input()) for _ in range(2_000)), os.lseek(0, 0, os.SEEK_CUR))
import sys
print(sum(map(int, sys.stdin.read().split())))
#== no input
import sys
print(repr(sys.stdin.read()), repr(sys.stdin.readline()), list(sys.stdin))
input()
#== a child reads the input
#== input: b"for the child\nrest\n"
import os, subprocess, sys
print(input())
print(os.lseek(0, 0, os.SEEK_CUR), subprocess.run(["/bin/cat"], capture_output=True).stdout)
os.lseek(0, 0, os.SEEK_SET)
print(subprocess.run(["/usr/bin/head", "-c", "7"], capture_output=True).stdout, sys.stdin.read())
#== closed stdin
import sys, os
sys.stdin.close()
try:
    input()
except Exception as error:
    print(repr(error))
#== stdin replaced
import io, sys
sys.stdin = io.StringIO("one\ntwo\n")
print(input("prompt "), input())
#== output of C
import ctypes, sys
libc = ctypes.CDLL(None)
print("from Python")
libc.printf(b"from C\n")
libc.puts(b"puts")
sys.stdout.flush()
libc.write(1, b"direct\n", 7)
#== output of a child and of a fork
import os, sys
print("in the buffer")
if os.fork() == 0:
    print("child")
    sys.exit(3)
print(os.wait()[1])
#== breakpoint
#== input: b"p value\nnext\nwhere\nc\n"
value = 42
breakpoint()
print("after")
#== PYTHONINSPECT set while it runs
#== input: b"print(value + 1)\nimport sys\nprint(sys.ps1, sys.flags.inspect)\n1/0\nexit(6)\n"
import os
value = 42
os.environ["PYTHONINSPECT"] = "1"
#== an interactive console
#== input: b"1 + 1\nimport os\nos.getpid()\n"
import code
code.interact("banner", exitmsg="bye")
#== help and credits of site
print(copyright, credits, exit, quit, help)
license
help("keywords")
#== PYTHON variables have no effect once it runs
import os, sys
os.environ.update(PYTHONOPTIMIZE="1", PYTHONHASHSEED="0", PYTHONUNBUFFERED="1", PYTHONWARNINGS="error", PYTHONPATH="/tmp")
print(sys.flags, sys.path, __debug__)
import subprocess
print(subprocess.run([sys.executable, "-c", "import sys; print(sys.flags, sys.path, hash('text'))"], capture_output=True))
