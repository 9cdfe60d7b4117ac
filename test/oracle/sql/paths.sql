-- R18, R19: every sequence of payments in which each is made by who received the one before it.
with recursive pays as (
  select subject as payer, party as payee, party_kind, at, days.day, days.back10, cny
  from sides join days using (day)
  where n is not null and direction = 'out' and not own and cny is not null
),
paths as (
  select
    payer as origin, array[payer] as payers, payee, party_kind, at as began, day as began_on, at, day, cny as first, cny as lowest, cny, 1 as payments
  from pays where cny >= 100000
  union all
  select
    p.origin, p.payers || next.payer, next.payee, next.party_kind, p.began, p.began_on, next.at, next.day,
    p.first, least(p.lowest, next.cny), next.cny, p.payments + 1
  from paths p
  join pays next on next.payer = p.payee
    and next.at > p.at
    and next.cny >= 0.8 * p.cny and next.cny <= 1.05 * p.cny
    and next.back10 <= p.began_on
    -- Who appears a second time ends the path, and only who began it may.
    and (next.payee = p.origin or next.payee <> next.payer and not next.payee = any(p.payers))
  where p.payments < 8 and p.payee <> p.origin
),
circles as (
  select 'R18', origin, day::text, level
  from paths,
  lateral (values ('yellow', true), ('orange', first >= 1000000)) as levels(level, holds)
  where payee = origin and payments >= 3 and lowest >= 0.8 * first and party_kind <> 'institution' and holds
),
chains as (
  select 'R19', payers[payments], day::text, 'orange'
  from paths
  where payee <> origin and payments >= 3 and at < began + interval '24 hours'
)
select * from circles union select * from chains
