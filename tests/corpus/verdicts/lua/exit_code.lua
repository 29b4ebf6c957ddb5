--: claim = "Prints the right answer, and ends with an exit code that is not 0."
--: verdict = "RTE"
--: reason_contains = ["exit code 3"]
local n, sum = io.read("n"), 0
for _ = 1, n do sum = sum + io.read("n") end
print(sum)
os.exit(3)
