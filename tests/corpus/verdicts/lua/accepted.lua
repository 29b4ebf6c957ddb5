--: claim = "Adds the numbers up."
--: verdict = "AC"
local n, sum = io.read("n"), 0
for _ = 1, n do sum = sum + io.read("n") end
print(sum)
