-- R07, R08, R09, R20: money that goes straight on. What a payment passes on is what lies there at that moment of what came in within the
-- window: the balance of the window, which no payment takes below nothing.
with balanced as (
  select *, case direction when 'in' then v else -v end as change
  from (select *, coalesce(cny, 0) as v from sides where n is not null and not own) as s
),
running as (
  select *, sum(change) over (partition by subject order by n) as total from balanced
),
-- Who never had three payers or three payees gathers and scatters nothing.
hubs as (
  select subject from running group by 1
  having count(distinct party) filter (where direction = 'in') >= 3
    or count(distinct party) filter (where direction = 'out') >= 3
),
windows as (
  select
    e.subject, e.n, e.day, e.direction, span.name, null::int as payers, null::int as payees,
    coalesce(sum(w.v) filter (where w.direction = 'in'), 0) as received,
    coalesce(sum(w.v) filter (where w.direction = 'out'), 0) as paid,
    min(w.total) as lowest, e.total
  from running e
  cross join lateral (values
    ('minutes', e.at - interval '30 minutes'),
    ('hours', e.at - interval '24 hours')
  ) as span(name, after)
  join running w on w.subject = e.subject and w.n <= e.n and w.at > span.after
  group by e.subject, e.n, e.day, e.direction, e.total, span.name
  union all
  select
    e.subject, e.n, e.day, e.direction, span.name,
    count(distinct w.party) filter (where w.direction = 'in'),
    count(distinct w.party) filter (where w.direction = 'out'),
    coalesce(sum(w.v) filter (where w.direction = 'in'), 0),
    coalesce(sum(w.v) filter (where w.direction = 'out'), 0),
    min(w.total), e.total
  from running e
  join hubs using (subject)
  join days using (day)
  cross join lateral (values ('week', days.back5), ('month', e.day - 29)) as span(name, first)
  join running w on w.subject = e.subject and w.n <= e.n and w.day >= span.first
  where e.direction = 'out'
  group by e.subject, e.n, e.day, e.direction, e.total, span.name
),
left_over as (
  select
    *,
    -- Lowest point of the balance seen from the window's beginning; what was paid below nothing came from elsewhere.
    (received - paid) - least(0, lowest - (total - (received - paid))) as left_there
  from windows
),
judged as (
  select
    *, received >= 50000 and received - left_there >= 0.8 * received and paid <= 1.2 * received as passes_on
  from left_over
),
straight as (
  select subject, n, day, name from judged where passes_on and direction = 'out' and name in ('minutes', 'hours')
),
hit_days as (
  select distinct subject, day from straight
),
often as (
  select e.subject, e.day
  from (select distinct subject, day from straight where name = 'hours') e
  join days using (day)
  join hit_days h on h.subject = e.subject and h.day <= e.day and h.day >= days.back10
  group by 1, 2
  having count(*) >= 3
),
gathering as (
  select rule, subject, to_char(day, 'YYYY-MM'), level
  from judged,
  lateral (values
    ('R07', 'orange', name = 'month' and payers >= 15 and payees in (1, 2) and received + paid >= 2000000),
    ('R07', 'yellow', name = 'week' and payers >= 3 and payees in (1, 2) and passes_on),
    ('R08', 'orange', name = 'month' and payers in (1, 2) and payees >= 15 and received + paid >= 2000000),
    ('R08', 'yellow', name = 'week' and payers in (1, 2) and payees >= 3 and passes_on)
  ) as levels(rule, level, holds)
  where holds
),
-- Five regions a day, at a flow in whose 24 hours money went straight on.
regions as (
  select j.subject, j.day
  from judged j
  join running w on w.subject = j.subject and w.day = j.day and w.n <= j.n and w.direction = 'in' and w.party_region ~ '^[0-9]{6}$'
  where j.name = 'hours' and j.passes_on
  group by j.subject, j.n, j.day
  having count(distinct w.party_region) >= 5
),
waits as (
  select subject, n, at, own, cny, at - lag(at) over (partition by subject order by n) as silent from sides where n is not null
),
tests as (
  select subject, n, at from waits
  where cny <= 10 and not own and coalesce(silent >= interval '72 hours', true)
),
tested as (
  select e.subject, e.day
  from tests t
  join running e on e.subject = t.subject and e.n > t.n and e.at < t.at + interval '60 minutes'
  join running w on w.subject = t.subject and w.n > t.n and w.n <= e.n
  group by t.subject, t.n, e.subject, e.n, e.day
  having coalesce(sum(w.v) filter (where w.direction = 'in'), 0) >= 20000
    or coalesce(sum(w.v) filter (where w.direction = 'out'), 0) >= 20000
)
select 'R09', subject, day::text, 'yellow' from straight where name = 'hours'
union select 'R09', subject, day::text, 'orange' from straight where name = 'minutes'
union select 'R09', subject, day::text, 'orange' from often
union select 'R20', subject, day::text, 'orange' from regions
union select 'R20', subject, day::text, 'orange' from tested
union select * from gathering
