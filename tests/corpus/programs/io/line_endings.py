#: claim = "CR, LF, CR LF and all other line separators of the output are kept as they are."
#: status = "OK"
#: stdout = "a\r\nb\rc\n\n\u000b\f\u0085\u2028d"
import os

os.write(1, "a\r\nb\rc\n\n\x0b\x0c\x85\u2028d".encode())
