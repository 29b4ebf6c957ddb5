#: claim = "Reads a hundred thousand lines in the usual way, within five seconds: Bash is slow."
#: verdict = "AC"
#: time_limit_ms = 5000
#: wall_time_limit_ms = 10000
#: lines = 100000
read -r n
sum=0
while read -r number; do ((sum += number)); done
echo "$sum"
