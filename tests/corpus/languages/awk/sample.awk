{
    value = 1
    for (at = 1; at <= $1; at++) {
        value = value * 48271 % 2147483647
        values[at] = value
        seen[value % 100000]
        counts[value % 1000]++
    }
    n = asort(values)
    for (at = 1; at <= n; at++) checksum = (checksum + at * values[at]) % 1000000007
    mode = 0
    for (key = 0; key < 1000; key++) if (counts[key] > counts[mode]) mode = key
    print length(seen), checksum, mode, counts[mode]
}
