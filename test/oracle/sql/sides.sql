-- Flows of the payments: the first of each transaction counts; a side of kind institution is nobody's flow.
insert into sides
with known as (
  select distinct on (history, source_id, txn_id) * from payments order by history, source_id, txn_id, delivery
),
moved as (
  select
    *,
    history || '/' || coalesce(nullif(payer_id, ''), payer_account) as payer,
    history || '/' || coalesce(nullif(payee_id, ''), payee_account) as payee,
    booked_at::timestamptz at time zone 'Asia/Shanghai' as at,
    amount::numeric as units
  from known
),
valued as (
  select
    moved.*,
    case when currency = 'CNY' then units else round(units * rate.cny, 2) end as cny,
    case
      when currency = 'CNY' then 0
      when currency = 'USD' then units
      else round(units * rate.cny / dollar.cny, 2)
    end as usd,
    case
      when currency = 'CNY' then round(units / dollar.cny, 2)
      when currency = 'USD' then units
      else round(units * rate.cny / dollar.cny, 2)
    end as usd_worth
  from moved
  left join lateral (
    select cny from rates r where r.currency = moved.currency and r.from_day <= moved.at::date order by from_day desc limit 1
  ) as rate on true
  left join lateral (
    select cny from rates r where r.currency = 'USD' and r.from_day <= moved.at::date order by from_day desc limit 1
  ) as dollar on true
),
both_sides as (
  select v.*, payer as subject, payee as party, 'out' as direction, payer_kind as kind, payee_kind as party_kind,
    payee_region as party_region
  from valued v
  union all
  select v.*, payee, payer, 'in', payee_kind, payer_kind, payer_region from valued v
)
select
  history, subject,
  case when not late then
    row_number() over (
      partition by subject, late
      order by at, txn_id collate "C", source_id collate "C", direction collate "C"
    )
  end,
  source_id || '|' || txn_id, direction, at, at::date, kind, party, party_kind, party_region, payer = payee, channel, country, country in ('', 'CN'),
  currency, units, cny, usd, usd_worth
from both_sides
where kind <> 'institution'
