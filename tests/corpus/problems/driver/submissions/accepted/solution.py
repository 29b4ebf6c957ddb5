def choose(words, number, down):
    assert number <= {{most}}
    return sorted(words, reverse=down)[number - 1]
