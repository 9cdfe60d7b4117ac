-- An independent reading of R01, R02, R03 and R12 over the rows of a transaction file, in SQL, slow and plain.
-- Shares nothing with services/warn but the text of the rules (domain catalogue, docs/spec/warn.md).
-- Input: table payments(row as in the CSV, text columns), table rates(currency, cny). Output: rule, subject, period, level.
with rows as (
  select
    coalesce(nullif(payer_id, ''), payer_account) as payer,
    coalesce(nullif(payee_id, ''), payee_account) as payee,
    payer_kind,
    payee_kind,
    channel,
    country in ('', 'CN') as domestic,
    booked_at::timestamptz at time zone 'Asia/Shanghai' as at,
    source_id || '|' || txn_id as txn,
    amount::numeric as amount,
    p.currency,
    case when p.currency = 'CNY' then amount::numeric else round(amount::numeric * r.cny, 2) end as cny,
    case
      when p.currency = 'CNY' then 0
      when p.currency = 'USD' then amount::numeric
      else round(amount::numeric * r.cny / (select cny from rates where currency = 'USD'), 2)
    end as usd
  from payments p left join rates r using (currency)
),
sides as (
  select payer as subject, payer_kind as kind, 'out' as direction, rows.* from rows
  union all
  select payee, payee_kind, 'in', rows.* from rows
),
million as (
  select 'R01' as rule, subject, txn || '|' || direction as period, 'orange' as level
  from sides where kind = 'person' and cny >= 1000000
),
days as (
  select
    subject, kind, direction, to_char(at, 'YYYY-MM-DD') as day,
    sum(amount) filter (where currency = 'CNY' and (kind = 'enterprise' or domestic)) as cny_total,
    sum(usd) filter (where currency <> 'CNY' and (kind = 'enterprise' or domestic)) as usd_total
  from sides where kind in ('person', 'enterprise') and channel <> 'cash'
  group by 1, 2, 3, 4
),
daily as (
  select case kind when 'person' then 'R02' else 'R03' end, subject, day || '|' || direction, 'blue'
  from days
  where cny_total >= case kind when 'person' then 500000 else 2000000 end
     or usd_total >= case kind when 'person' then 100000 else 200000 end
),
receipts as (
  select payee as subject, payer, at, cny from rows
  where payer_kind = 'person' and payee_kind <> 'institution' and payer <> payee
),
crowds as (
  select
    now.subject, now.at,
    count(distinct other.payer) as payers,
    sum(other.cny) as total
  from (
    select distinct subject, at from receipts
    -- Who never had 30 payers at all cannot have had them within a year.
    where subject in (select subject from receipts group by 1 having count(distinct payer) >= 30)
  ) as now
  join receipts as other
    on other.subject = now.subject and other.at <= now.at and other.at > now.at - interval '12 months'
  group by 1, 2
),
crowd as (
  select 'R12', subject, to_char(at, 'YYYY-MM'),
    case max(case
      when payers >= 150 or (payers >= 30 and total >= 1000000) then 3
      when payers >= 100 then 2
      else 1
    end) when 3 then 'red' when 2 then 'orange' else 'yellow' end
  from crowds where payers >= 30
  group by 2, 3
)
select * from million union all select * from daily union all select * from crowd
order by 1, 2, 3
