-- R01, R02, R03: one payment, one day. R01 alone looks at late flows too.
with million as (
  select 'R01' as rule, subject, txn || '|' || direction as period, 'orange' as level
  from sides where kind = 'person' and cny >= 1000000
),
sums as (
  select
    subject, kind, direction, day,
    sum(amount) filter (where currency = 'CNY') as cny_total,
    sum(usd) as usd_total
  from sides
  where n is not null and channel <> 'cash' and (kind = 'enterprise' or kind = 'person' and domestic)
  group by 1, 2, 3, 4
),
daily as (
  select case kind when 'person' then 'R02' else 'R03' end, subject, day || '|' || direction, 'blue'
  from sums
  where cny_total >= case kind when 'person' then 500000 else 2000000 end
     or usd_total >= case kind when 'person' then 100000 else 200000 end
)
select * from million union all select * from daily
