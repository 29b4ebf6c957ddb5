"""No more guesses than the answer says."""

import sys

needed, allowed = (int(open(path).read()) for path in sys.argv[2:4])
print(f"{needed} guesses", file=sys.stderr)
sys.exit(0 if needed <= allowed else 1)
