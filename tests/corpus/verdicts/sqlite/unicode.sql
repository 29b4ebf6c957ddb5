--: claim = "Counts and prints characters of several scripts."
--: verdict = "AC"
--: input = "Grüße 世界 🎉\n"
--: output = "10 Grüße 世界 🎉\n"
create temp table line(text);
.import /dev/stdin line
select length(text) || ' ' || text from line;
