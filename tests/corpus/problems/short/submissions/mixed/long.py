a, b = map(int, input().split())
# A line that says what is plain to see
print(a + b)
