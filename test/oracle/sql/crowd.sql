-- R12: many people pay one; R13: one pays many regularly; R14: earlier ones are paid with the money of later ones.
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
),
-- Who never had ten investors cannot have had them within 90 days.
funds as (
  select subject from lenders where direction = 'in' group by 1 having count(distinct party) >= 10
),
entries as (
  select
    e.subject, e.n as e, e.day as e_day, w.at, w.direction, w.party, w.party_kind, w.lends, w.cny,
    -- Of this investor, in this window.
    min(w.at) filter (where w.direction = 'in' and w.lends) over (partition by e.subject, e.n, w.party) as since
  from sides e
  join funds using (subject)
  join (select *, party_kind in ('person', 'unknown') as lends from sides) w
    on w.subject = e.subject and w.n <= e.n and w.day > e.day - 90 and not w.own
  where e.direction = 'out' and not e.own
),
ledgers as (
  select
    subject, e, e_day, party,
    bool_or(since is not null) as invested,
    bool_or(coalesce(direction = 'out' and lends and at >= since, false)) as was_paid,
    coalesce(sum(cny) filter (where direction = 'in' and lends), 0) as brought,
    coalesce(sum(cny) filter (where direction = 'out' and lends and at >= since), 0) as got,
    coalesce(sum(cny) filter (where direction = 'in' and party_kind in ('enterprise', 'institution')), 0) as other,
    coalesce(sum(cny) filter (where direction = 'in'), 0) as received
  from entries
  group by 1, 2, 3, 4
),
turned as (
  select distinct 'R14', subject, to_char(e_day, 'YYYY-MM'), 'orange'
  from (
    select
      subject, e_day,
      count(*) filter (where invested) as investors,
      count(*) filter (where invested and was_paid) as repaid,
      sum(got) filter (where invested) as given_back,
      sum(brought) as brought, sum(other) as other, sum(received) as received
    from ledgers group by subject, e, e_day
  ) as books
  where investors >= 10 and brought >= 100000 and repaid >= 5
    and given_back >= 0.5 * brought and given_back <= 1.2 * brought
    and other < 0.1 * received
)
select * from crowd union all select * from periodic union all select * from turned
