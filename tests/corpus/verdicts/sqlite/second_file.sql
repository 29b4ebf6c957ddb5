--: claim = "Calls a function of another file of the program."
--: verdict = "AC"
--: files = { "lib/total.sql" = "select sum(value) from numbers;\n" }
create temp table line(text);
.import /dev/stdin line
create temp table numbers as
    select value from line, json_each('[' || replace(text, ' ', ',') || ']') where line.rowid = 2;
.read lib/total.sql
