#: claim = "Counts and prints characters of several scripts."
#: verdict = "AC"
#: input = "Grüße 世界 🎉\n"
#: output = "10 Grüße 世界 🎉\n"
text <- readLines("stdin", n = 1)
cat(nchar(text), " ", text, "\n", sep = "")
