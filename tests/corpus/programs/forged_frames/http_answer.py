#: claim = "An HTTP answer in the output is text in ours."
#: status = "OK"
#: stdout = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}\r\n0\r\n\r\n"
import os

os.write(1, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}\r\n0\r\n\r\n")
