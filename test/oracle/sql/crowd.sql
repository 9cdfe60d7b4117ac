-- R12: many people pay one; R13: one pays many regularly.
with receipts as (
  select subject, party, at, cny from sides
  where n is not null and direction = 'in' and party_kind = 'person' and not own
),
crowds as (
  select
    now.subject, now.at,
    count(distinct other.party) as payers,
    sum(other.cny) as total
  from (
    select distinct subject, at from receipts
    -- Who never had 30 payers at all cannot have had them within a year.
    where subject in (select subject from receipts group by 1 having count(distinct party) >= 30)
  ) as now
  join receipts as other
    on other.subject = now.subject and other.at <= now.at and other.at > now.at - interval '12 months'
  group by 1, 2
),
crowd as (
  select distinct 'R12', subject, to_char(at, 'YYYY-MM'), level
  from crowds,
  lateral (values
    ('yellow', payers >= 30),
    ('orange', payers >= 100),
    ('red', payers >= 150 or payers >= 30 and total >= 1000000)
  ) as levels(level, holds)
  where holds
),
lenders as (
  select n, subject, direction, party, at, cny from sides
  where n is not null and party_kind in ('person', 'unknown') and not own
),
-- Who never had ten who paid in and were paid three times cannot have them within a year.
schemes as (
  select subject from (
    select subject, party from lenders group by 1, 2
    having count(*) filter (where direction = 'in') >= 1 and count(*) filter (where direction = 'out') >= 3
  ) as investors group by 1 having count(*) >= 10
),
books as (
  select e.subject, e.n as e, e.at as e_at, w.*,
    sum(w.cny) filter (where w.direction = 'in') over (partition by e.subject, e.n, w.party) as principal
  from lenders e join schemes using (subject)
  join (select subject as who, n, direction, party, at, cny from lenders where cny is not null) w
    on w.who = e.subject and w.n <= e.n and w.at > e.at - interval '12 months'
  where e.direction = 'out'
),
payouts as (
  select
    subject, e, e_at, party, principal, cny, at,
    extract(epoch from at - lag(at) over (partition by subject, e, party order by n)) / 86400 as gap
  from books where direction = 'out' and principal > 0 and cny < 0.5 * principal
),
regular as (
  select subject, e, e_at, party
  from payouts
  group by 1, 2, 3, 4, principal
  having count(*) >= 3
    and (min(gap) >= 4 and max(gap) <= 10 or min(gap) >= 11 and max(gap) <= 17 or min(gap) >= 25 and max(gap) <= 34)
    -- Variance at most a hundredth of the mean's square, without a root.
    and var_pop(cny) <= 0.01 * avg(cny) * avg(cny)
    and avg(cny) * 30 >= 0.005 * principal * avg(gap)
    and avg(cny) * 30 <= 0.05 * principal * avg(gap)
),
periodic as (
  select distinct 'R13', subject, to_char(e_at, 'YYYY-MM'), 'yellow'
  from (select subject, e, e_at from regular group by 1, 2, 3 having count(*) >= 10) as found
)
select * from crowd union all select * from periodic
