import sys

with open("words.txt") as file:
    count = len(file.read().split())
number = int(sys.stdin.readline())
ok = 1 <= number <= count <= {{most}} and sys.argv[1:] in (["strict", "up"], ["strict", "down"])
sys.exit(42 if ok else 43)
