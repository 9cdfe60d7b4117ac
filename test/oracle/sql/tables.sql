-- What the rules read. Many histories lie side by side: names carry the number of their history, so no rule can mix them.
set timezone = 'UTC';

-- One line per row of a file, in order of delivery; `late` is said by arrival.ts.
create table payments (
  history int, delivery int, late boolean,
  txn_id text, booked_at text, amount text, currency text,
  payer_account text, payer_id text, payer_kind text, payer_region text,
  payee_account text, payee_id text, payee_kind text, payee_region text,
  channel text, country text, source_id text
);

-- CNY for one unit of a currency, from a day on.
create table rates (currency text, from_day date, cny numeric, primary key (currency, from_day));

-- `number` counts working days up to and including the day; back5, back10: first of the last 5 and 10 working days up to it.
create table days (day date primary key, works boolean, number int, back5 date, back10 date);

-- One line per flow, numbered per subject in event order. Late ones have no number. usd: 0 for CNY; usd_worth: of every currency.
create table sides (
  history int, subject text, n int, txn text, direction text, at timestamp, day date, kind text,
  party text, party_kind text, party_region text, own boolean, channel text, country text, domestic boolean,
  currency text, amount numeric, cny numeric, usd numeric, usd_worth numeric
);
create index on sides (subject, n);
