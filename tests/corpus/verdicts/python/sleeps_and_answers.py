#: claim = "Sleeps for three times its time limit: that is of CPU time, and sleep is none."
#: verdict = "AC"
#: time_limit_ms = 100
#: wall_time_limit_ms = 2000
import time

time.sleep(0.3)
input()
print(sum(map(int, input().split())))
