--: claim = "Fills memory."
--: verdict = "MLE"
--: memory_limit_kb = 98304
--: reason_contains = ["memory"]
create table blocks(block);
with recursive step(n) as (select 1 union all select n + 1 from step where n < 1024)
insert into blocks select zeroblob(1000000) from step;
select count(*) from blocks;
