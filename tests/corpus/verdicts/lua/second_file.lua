--: claim = "Calls a function of another file of the program."
--: verdict = "AC"
--: files = { "lib/total.lua" = "return function(line)\n    local sum = 0\n    for word in line:gmatch(\"%d+\") do sum = sum + word end\n    return sum\nend\n" }
local total = require("lib.total")
io.read()
print(total(io.read()))
