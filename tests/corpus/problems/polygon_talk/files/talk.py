"""Guess a number: the interactor ends the conversation, and the checker counts the guesses."""

import sys

secret = int(open(sys.argv[1]).read())
guesses = 0
for line in sys.stdin:
    guesses += 1
    given = int(line)
    print("right" if given == secret else "higher" if given < secret else "lower", flush=True)
    if given == secret:
        open(sys.argv[2], "w").write(f"{guesses}\n")
        sys.exit(0)
sys.exit("the number was not found")
