create temp table input(n integer);
.import /dev/stdin input
create temp table made as
    with recursive step(at, value) as (
        select 1, 48271
        union all
        select at + 1, value * 48271 % 2147483647 from step where at < (select n from input)
    )
    select value, row_number() over (order by value) as at from step;
create temp table mode as
    select value % 1000 as key, count(*) as times from made group by 1 order by times desc, key limit 1;
select (select count(distinct value % 100000) from made)
    || ' ' || (select sum(at * value % 1000000007) % 1000000007 from made)
    || ' ' || (select key || ' ' || times from mode);
