--: claim = "Fills memory."
--: verdict = "MLE"
--: memory_limit_kb = 98304
--: reason_contains = ["memory"]
local blocks = {}
for i = 1, 1024 do blocks[i] = string.rep("x", 1 << 20) .. i end
print(#blocks)
