--: claim = "Recurses until its stack is full: an error in Lua, whose stack is not the memory limit's."
--: verdict = "RTE"
--: reason_contains = ["exit code 1"]
local function deep(n) return deep(n + 1) + 1 end
print(deep(0))
