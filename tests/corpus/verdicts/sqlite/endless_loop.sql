--: claim = "Computes for ever."
--: verdict = "TLE"
--: time_limit_ms = 250
--: reason_contains = ["was stopped after", "of CPU time"]
with recursive step(n) as (select 1 union all select n + 1 from step) select max(n) from step;
