import sys

import solution

with open("words.txt") as file:
    words = file.read().split()
print(solution.choose(words, int(input()), sys.argv[1] == "down"))
