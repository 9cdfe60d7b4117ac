-- What loans.ts follows: flows with a counterparty that may be a borrower, of subjects that took in ten payments from those they paid.
with moves as (
  select * from sides
  where n is not null and not own and party_kind in ('person', 'enterprise', 'unknown')
),
both_ways as (
  select subject from moves m
  where direction = 'in' and exists (
    select from moves o where o.subject = m.subject and o.party = m.party and o.direction = 'out'
  )
  group by 1 having count(*) >= 10
)
select
  subject, n, direction,
  (extract(epoch from at) * 1000)::float8 as at,
  to_char(at, 'YYYY-MM') as month,
  (extract(epoch from at - interval '12 months') * 1000)::float8 as after,
  kind, party, (cny * 100)::float8 as fen
from moves join both_ways using (subject)
order by subject, n
