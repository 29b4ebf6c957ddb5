--: claim = "Is one off."
--: verdict = "WA"
--: reason_contains = ["differs"]
create temp table line(text);
.import /dev/stdin line
create temp table numbers as
    select value from line, json_each('[' || replace(text, ' ', ',') || ']') where line.rowid = 2;
select sum(value) + 1 from numbers;
