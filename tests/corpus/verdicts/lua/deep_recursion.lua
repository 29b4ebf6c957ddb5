--: claim = "Recurses 100,000 calls deep."
--: verdict = "AC"
local function deep(n) return n == 0 and 0 or deep(n - 1) * 2 end
local n, sum = io.read("n"), 0
for _ = 1, n do sum = sum + io.read("n") end
print(deep(100000) + sum)
