local n = io.read("n")
local value, values = 1, {}
for at = 1, n do
    value = value * 48271 % 2147483647
    values[at] = value
end
table.sort(values)
local checksum, mode, distinct, seen, counts = 0, 0, 0, {}, {}
for at, each in ipairs(values) do
    checksum = (checksum + at * each) % 1000000007
    if not seen[each % 100000] then
        seen[each % 100000] = true
        distinct = distinct + 1
    end
    counts[each % 1000] = (counts[each % 1000] or 0) + 1
end
for key = 0, 999 do
    if (counts[key] or 0) > (counts[mode] or 0) then mode = key end
end
print(distinct .. " " .. checksum .. " " .. mode .. " " .. counts[mode])
