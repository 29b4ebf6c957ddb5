#: claim = "A program may close its input and use the descriptor for something else."
#: input = "abc"
#: status = "OK"
#: stdout = "0 abc\n"
import os

os.close(0)
fd = os.open("/workspace/file", os.O_RDWR | os.O_CREAT)
os.write(fd, b"abc")
print(fd, os.pread(fd, 3, 0).decode())
