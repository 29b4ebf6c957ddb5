--: claim = "Prints the right answer, and ends with an exit code that is not 0."
--: verdict = "RTE"
--: reason_contains = ["exit code 3"]
create temp table line(text);
.import /dev/stdin line
create temp table numbers as
    select value from line, json_each('[' || replace(text, ' ', ',') || ']') where line.rowid = 2;
select sum(value) from numbers;
.exit 3
