#: claim = "Programs may use processes, threads, pools and temporary files as anywhere."
#: timeout = 5
#: status = "OK"
#: stdout = "[0, 1, 4, 9] 3 b'child\\n' text\n"
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import multiprocessing
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor


def square(number):
    return number * number


with multiprocessing.get_context("fork").Pool(2) as pool:
    squares = pool.map(square, range(4))
with ThreadPoolExecutor(4) as pool:
    count = len(list(pool.map(square, range(3))))
child = subprocess.run([sys.executable, "-c", "print('child')"], capture_output=True, check=True).stdout
with tempfile.TemporaryFile("w+") as file:
    file.write("text")
    file.seek(0)
    print(squares, count, child, file.read())
