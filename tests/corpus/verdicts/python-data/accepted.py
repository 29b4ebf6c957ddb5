#: claim = "Adds the numbers up, with numpy."
#: verdict = "AC"
import sys

import numpy as np

print(np.loadtxt(sys.stdin, dtype=np.int64, skiprows=1).sum())
