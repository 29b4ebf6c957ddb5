--: claim = "Asks for a table that does not exist: the script ends there."
--: verdict = "RTE"
--: reason_contains = ["exit code 1"]
select * from missing;
select 6;
