--: claim = "Is one off."
--: verdict = "WA"
--: reason_contains = ["differs"]
local n, sum = io.read("n"), 0
for _ = 1, n do sum = sum + io.read("n") end
print(sum + 1)
