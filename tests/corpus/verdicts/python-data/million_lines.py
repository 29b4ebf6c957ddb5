#: claim = "Adds a million lines up, as pandas reads them."
#: verdict = "AC"
#: lines = 1000000
#: time_limit_ms = 4000
import sys

import pandas as pd

print(pd.read_csv(sys.stdin, header=None, skiprows=1)[0].sum())
