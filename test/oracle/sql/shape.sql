-- R09: money that goes straight on. What a payment passes on is what lies there at that moment of what came in within the window:
-- the balance of the window, which no payment takes below nothing.
with balanced as (
  select *, case direction when 'in' then v else -v end as change
  from (select *, coalesce(cny, 0) as v from sides where n is not null and not own) as s
),
running as (
  select *, sum(change) over (partition by subject order by n) as total from balanced
),
windows as (
  select
    e.subject, e.n, e.at, e.day, span.minutes,
    coalesce(sum(w.v) filter (where w.direction = 'in'), 0) as received,
    coalesce(sum(w.v) filter (where w.direction = 'out'), 0) as paid,
    min(w.total) as lowest, e.total
  from running e
  cross join (values (30), (1440)) as span(minutes)
  join running w on w.subject = e.subject and w.n <= e.n and w.at > e.at - span.minutes * interval '1 minute'
  where e.direction = 'out'
  group by e.subject, e.n, e.at, e.day, e.total, span.minutes
),
left_over as (
  select
    *,
    -- Lowest point of the balance seen from the window's beginning; what was paid below nothing came from elsewhere.
    (received - paid) - least(0, lowest - (total - (received - paid))) as left_there
  from windows
),
straight as (
  select subject, n, day, minutes
  from left_over
  where received >= 50000 and received - left_there >= 0.8 * received and paid <= 1.2 * received
),
hit_days as (
  select distinct subject, day from straight
),
often as (
  select e.subject, e.day
  from (select distinct subject, day from straight where minutes = 1440) e
  join days using (day)
  join hit_days h on h.subject = e.subject and h.day <= e.day and h.day >= days.back10
  group by 1, 2
  having count(*) >= 3
)
select distinct 'R09', subject, day::text, 'yellow' from straight where minutes = 1440
union select 'R09', subject, day::text, 'orange' from straight where minutes = 30
union select 'R09', subject, day::text, 'orange' from often
