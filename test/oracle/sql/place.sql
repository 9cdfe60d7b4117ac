-- R27: nights; R29, R30: other countries, split foreign exchange.
with crossings as (
  select subject, n, day, cny, country in ('IR', 'KP', 'MM') as listed from sides where n is not null and not domestic
),
countries as (
  select
    e.subject, e.day, e.listed,
    count(*) filter (where w.listed) as listed_ones, count(*) as all_ones, sum(w.cny) as total
  from crossings e
  join crossings w on w.subject = e.subject and w.n <= e.n and w.day > e.day - 30
  group by e.subject, e.n, e.day, e.listed
),
counted as (
  select subject, n, day, party, what, length
  from sides,
  lateral (values
    ('abroad', 3, direction = 'in' and party_kind = 'person' and not domestic and party_region ~ '^[0-9]{6}$'),
    ('at home', 3, direction = 'in' and party_kind = 'person' and domestic and currency = 'CNY' and usd_worth between 40000 and 50000),
    ('withdrawn', 7, direction = 'out' and channel = 'cash' and currency <> 'CNY' and usd_worth between 8000 and 10000)
  ) as kinds(what, length, counts)
  where n is not null and not own and counts
),
split as (
  select e.subject, e.day
  from counted e
  join counted w on w.subject = e.subject and w.what = e.what and w.n <= e.n and w.day > e.day - e.length
  group by e.subject, e.n, e.day, e.what
  having case e.what when 'withdrawn' then count(*) else count(distinct w.party) end >= 5
),
moments as (
  select
    subject, n, day,
    coalesce(cny >= 1000, false) as counts,
    at::time >= '22:00' or at::time < '06:00' as at_night,
    coalesce(direction = 'out' and channel = 'cash' and cny >= 20000 and at::time < '05:00', false) as takes_out
  from sides where n is not null and not own
),
nights as (
  select e.subject, e.day
  from moments e
  join moments w on w.subject = e.subject and w.n <= e.n and w.day > e.day - 7
  group by e.subject, e.n, e.day
  having
    count(*) filter (where w.counts) >= 10
      and count(*) filter (where w.counts and w.at_night) >= 0.3 * count(*) filter (where w.counts)
    or count(*) filter (where w.takes_out) >= 3
)
select 'R27', subject, to_char(day, 'YYYY-MM'), 'blue' from nights
union select 'R29', subject, to_char(day, 'YYYY-MM'), 'orange' from countries where listed and listed_ones >= 2
union select 'R29', subject, to_char(day, 'YYYY-MM'), 'yellow' from countries where all_ones >= 20 and total >= 1000000
union select 'R30', subject, to_char(day, 'YYYY-MM'), 'orange' from split
