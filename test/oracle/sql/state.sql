-- R10, R11: what a subject does against what it did before.
with flows as (
  select
    *, direction = 'in' and not own and channel <> 'cash' as comes_in,
    -- Silences of more than five years are not known: whoever ends one begins anew.
    sum(begins::int) over (partition by subject order by n) as life
  from (
    select
      *, lag(day) over (partition by subject order by n) as day_before,
      coalesce(day - lag(day) over (partition by subject order by n) > 1827, true) as begins
    from sides where n is not null
  ) as s
),
awake as (
  select
    e.subject, e.n, e.day,
    -- The silence before the first flow of the 30 days.
    (array_agg(w.day - w.day_before order by w.n))[1] as quiet,
    sum(w.cny) filter (where not w.own) as total
  from flows e
  join flows w on w.subject = e.subject and w.n <= e.n and w.day > e.day - 30
  group by e.subject, e.n, e.day
),
woken as (
  select 'R10', subject, to_char(day, 'YYYY-MM'), 'orange' from awake where quiet between 365 and 1827 and total >= 2000000
),
grown as (
  select 'R10', e.subject, to_char(e.day, 'YYYY-MM'), 'yellow'
  from flows e
  join flows w on w.subject = e.subject and w.n <= e.n
  group by e.subject, e.n, e.day
  having
    min(w.day) filter (where w.life = e.life) <= e.day - 190
    and sum(w.cny) filter (where w.day > e.day - 10 and w.comes_in) >= 400000
    and sum(w.cny) filter (where w.day > e.day - 10 and w.comes_in) * 18
      >= 10 * coalesce(sum(w.cny) filter (where w.day <= e.day - 10 and w.day > e.day - 190 and w.comes_in), 0)
),
-- Money of the 30 days that end with the flow's day, and of each of the six times 30 days before.
spans as (
  select
    e.subject, e.n, e.day,
    coalesce(sum(w.cny) filter (where w.day > e.day - 30), 0) as total,
    count(*) filter (where w.day <= e.day - 30) as observations,
    array[
      coalesce(sum(w.cny) filter (where e.day - w.day between 30 and 59), 0),
      coalesce(sum(w.cny) filter (where e.day - w.day between 60 and 89), 0),
      coalesce(sum(w.cny) filter (where e.day - w.day between 90 and 119), 0),
      coalesce(sum(w.cny) filter (where e.day - w.day between 120 and 149), 0),
      coalesce(sum(w.cny) filter (where e.day - w.day between 150 and 179), 0),
      coalesce(sum(w.cny) filter (where e.day - w.day between 180 and 209), 0)
    ] as before
  from flows e
  join flows w on w.subject = e.subject and w.n <= e.n and w.day > e.day - 210 and not w.own
  where not e.own
    -- Who has no 31 flows at all cannot have 30 before one.
    and e.subject in (select subject from flows where not own group by 1 having count(*) > 30)
  group by e.subject, e.n, e.day
),
habits as (
  select
    spans.*, mean, variance,
    case when median = 0 then mean else median end as usual
  from spans,
  lateral (
    select avg(x) as mean, var_samp(x) as variance, ((array_agg(x order by x))[3] + (array_agg(x order by x))[4]) / 2 as median
    from unnest(before) as x
  ) as figures
),
broken as (
  select distinct 'R11', subject, to_char(day, 'YYYY-MM'), 'yellow'
  from habits
  where total >= 200000 and observations >= 30
    and (
      total >= 10 * usual
      or total > mean and (total - mean) * (total - mean) >= 9 * variance and total >= 2 * mean
    )
)
select * from woken union select * from grown union all select * from broken
