--: claim = "Adds the numbers up."
--: verdict = "AC"
create temp table line(text);
.import /dev/stdin line
create temp table numbers as
    select value from line, json_each('[' || replace(text, ' ', ',') || ']') where line.rowid = 2;
select sum(value) from numbers;
