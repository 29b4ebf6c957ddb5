--: claim = "Reads a million lines in the usual way, within two seconds."
--: verdict = "AC"
--: time_limit_ms = 2000
--: wall_time_limit_ms = 10000
--: lines = 1000000
local sum = 0
io.read()
for line in io.lines() do sum = sum + tonumber(line) end
print(sum)
