#: claim = "Quotes, braces, backslashes and line separators in the output break no JSON."
#: status = "OK"
#: stdout = "\", \"status\": \"OK\", \"x\": \"\\u0000 \\ \u2028\u2029\u007f\u0080 </script> \r\n"
import sys

sys.stdout.reconfigure(newline="")
print('", "status": "OK", "x": "\\u0000 \\ \u2028\u2029\u007f\u0080 </script> \r')
