--: claim = "Does not catch an exception."
--: verdict = "RTE"
--: reason_contains = ["exit code 1"]
local n, sum = io.read("n"), 0
for _ = 1, n do sum = sum + io.read("n") end
print(sum + nil)
