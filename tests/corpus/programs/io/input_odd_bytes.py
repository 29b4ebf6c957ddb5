#: claim = "NULs, CRs and control characters of the input arrive as they are."
#: input = "a\u0000b\r\nc\rd\u001be\u2028f"
#: status = "OK"
#: stdout = "b'a\\x00b\\r\\nc\\rd\\x1be\\xe2\\x80\\xa8f'\n"
import sys

print(sys.stdin.buffer.read())
