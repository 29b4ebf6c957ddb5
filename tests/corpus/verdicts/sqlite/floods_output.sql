--: claim = "Prints for ever."
--: verdict = "OLE"
--: output_limit_kb = 64
--: reason_contains = ["more than 65536 bytes to stdout"]
with recursive step(n) as (select 1 union all select n + 1 from step) select printf('%1000d', n) from step;
