#: claim = "The source is main.py in /workspace, run as the main module, without a terminal."
#: status = "OK"
#: stdout = "/workspace ['main.py'] __main__ (3, 12) False False\n"
import os
import sys

print(os.getcwd(), sys.argv, __name__, sys.version_info[:2], sys.stdin.isatty(), sys.stdout.isatty())
