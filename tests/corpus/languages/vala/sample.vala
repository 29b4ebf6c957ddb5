void main () {
    int n = int.parse (stdin.read_line ());
    var values = new Gee.ArrayList<int64?> ();
    int64 value = 1;
    for (int at = 0; at < n; at++) {
        value = value * 48271 % 2147483647;
        values.add (value);
    }
    values.sort ((a, b) => (int) (a > b) - (int) (a < b));
    int64 checksum = 0;
    var distinct = new Gee.HashSet<int> ();
    var counts = new int[1000];
    for (int at = 0; at < n; at++) {
        checksum = (checksum + (at + 1) * values[at]) % 1000000007;
        distinct.add ((int) (values[at] % 100000));
        counts[values[at] % 1000]++;
    }
    int mode = 0;
    for (int at = 1; at < 1000; at++) {
        if (counts[at] > counts[mode]) mode = at;
    }
    print (@"$(distinct.size) $checksum $mode $(counts[mode])\n");
}
