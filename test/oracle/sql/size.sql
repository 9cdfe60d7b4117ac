-- R01 to R05: one payment, one day. R01 alone looks at late flows too.
with million as (
  select 'R01' as rule, subject, txn || '|' || direction as period, 'orange' as level
  from sides where kind = 'person' and cny >= 1000000
),
sums as (
  select
    rule, subject, direction, day,
    coalesce(sum(amount) filter (where currency = 'CNY'), 0) as cny_total,
    coalesce(sum(usd), 0) as usd_total,
    coalesce(sum(amount) filter (where currency = 'CNY' and kind = 'person'), 0) as of_person,
    coalesce(sum(amount) filter (where currency = 'CNY' and kind = 'enterprise'), 0) as of_enterprise
  from sides,
  lateral (values
    ('R02', channel <> 'cash' and kind = 'person' and domestic),
    ('R03', channel <> 'cash' and kind = 'enterprise'),
    ('R04', channel = 'cash'),
    ('R05', channel <> 'cash' and kind = 'person' and not domestic)
  ) as rules(rule, counts)
  where n is not null and counts
  group by 1, 2, 3, 4
),
daily as (
  select rule, subject, day || '|' || direction, level
  from sums,
  lateral (values
    ('R02', 'blue', cny_total >= 500000 or usd_total >= 100000),
    ('R03', 'blue', cny_total >= 2000000 or usd_total >= 200000),
    ('R04', 'blue', cny_total >= 50000 or usd_total >= 10000),
    ('R04', 'yellow', of_person >= 300000 or of_enterprise >= 500000),
    ('R05', 'yellow', cny_total >= 200000 or usd_total >= 10000)
  ) as levels(of_rule, level, holds)
  where of_rule = rule and holds
)
select * from million union all select * from daily
