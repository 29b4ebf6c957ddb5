#: claim = "Uses three quarters of its memory."
#: verdict = "AC"
#: memory_limit_kb = 65536
block = bytearray(48 << 20)
block[::4096] = b"x" * (len(block) // 4096)
input()
print(sum(map(int, input().split())))
