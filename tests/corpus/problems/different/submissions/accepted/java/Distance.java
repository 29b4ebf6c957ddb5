class Distance {
    static long of(long a, long b) {
        return Math.abs(a - b);
    }
}
