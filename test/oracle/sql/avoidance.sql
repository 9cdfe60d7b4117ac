-- R06: amounts just below a line; R16: round ones; R17: the same again and again.
with lined as (
  select
    s.*, days.works, days.number, days.back10,
    case
      when channel = 'cash' then 50000
      when kind = 'person' and not domestic then 200000
      when kind = 'person' then 500000
      when kind = 'enterprise' then 2000000
    end as line
  from sides s join days using (day)
  where n is not null and not own
),
measured as (
  select
    *,
    coalesce(cny >= 0.8 * line and cny < line, false) as near,
    coalesce(cny >= 0.9 * line and cny <= 0.99 * line, false) as close
  from lined where line is not null
),
near_days as (
  select subject, direction, line, day, number, back10, works, count(*) as payments
  from measured where near
  group by 1, 2, 3, 4, 5, 6, 7
),
-- A row breaks where a working day without such a payment lies between two days with one.
steps as (
  select
    *,
    case
      when number - works::int > lag(number) over (partition by subject, direction, line order by day) then 1
      else 0
    end as broken
  from near_days
),
numbered as (
  select *, sum(broken) over (partition by subject, direction, line order by day) as row_number from steps
),
in_a_row as (
  select d.subject, d.day
  from numbered d
  join numbered e using (subject, direction, line, row_number)
  where e.day <= d.day and e.day >= d.back10
  group by d.subject, d.direction, d.line, d.day
  having count(*) >= 3
),
-- Who has fewer than ten of them at all cannot have ten within 30 days.
many as (
  select subject, direction, line from measured where close group by 1, 2, 3 having count(*) >= 10
),
strong as (
  select e.subject, e.day
  from measured e
  join many using (subject, direction, line)
  join measured w on w.subject = e.subject and w.direction = e.direction and w.line = e.line
    and w.n <= e.n and w.day > e.day - 30
  where e.near
  group by e.subject, e.direction, e.line, e.n, e.day
  having count(*) filter (where w.close) >= 10 and count(*) filter (where w.close) >= 0.6 * count(*)
),
receipts as (
  select subject, n, day, currency = 'CNY' and amount % 500 = 0 as round
  from sides where n is not null and direction = 'in' and not own
),
rounds as (
  select e.subject, e.day
  from receipts e
  join (select subject from receipts group by 1 having count(*) >= 10) as busy using (subject)
  join receipts w on w.subject = e.subject and w.n <= e.n and w.day > e.day - 30
  group by e.subject, e.n, e.day
  having count(*) >= 10 and count(*) filter (where w.round) >= 0.7 * count(*)
),
repeated as (
  select s.subject, s.n, s.direction, s.party, s.day, s.cny, days.back5
  from sides s join days using (day)
  where n is not null and not own and cny >= 5000
),
alike as (
  select e.subject, e.day
  from repeated e
  join repeated w on w.subject = e.subject and w.direction = e.direction and w.party = e.party
    and w.n <= e.n and w.day >= e.back5 and abs(w.cny - e.cny) <= 0.1 * e.cny
  group by e.subject, e.n, e.day
  having count(*) >= 3
)
select 'R06', subject, day::text, 'yellow' from near_days where payments >= 3
union select 'R06', subject, day::text, 'yellow' from in_a_row
union select 'R06', subject, day::text, 'orange' from strong
union select 'R16', subject, to_char(day, 'YYYY-MM'), 'blue' from rounds
union select 'R17', subject, to_char(day, 'YYYY-MM'), 'yellow' from alike
