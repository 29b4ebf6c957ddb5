def choose(words, number, down):
    return sorted(words)[number - 1]
