-- The supervisor's own copy of every case: filled only from case events (docs/spec/supervision.md).
-- Times are milliseconds since 1970.

-- How far each partition of the case-events topic was folded in; moves in the same transaction as what it brought.
create table position (
  partition integer primary key,
  next_offset bigint not null
);

create table case_event (
  case_id text not null,
  sequence integer not null,
  event_id text not null unique,
  type text not null,
  occurred_at bigint not null,
  event jsonb not null,
  primary key (case_id, sequence)
);

create table supervised_case (
  case_id text primary key,
  subject_id text not null,
  risk_type text not null,
  level text not null,
  card text not null,
  state text not null,
  stage text not null,
  is_open boolean not null,
  region text not null,
  owner text not null,
  opened_at bigint not null,
  closed_at bigint,
  last_event_at bigint not null,
  sequence integer not null,
  warnings integer not null,
  reminded integer not null,
  supervised integer not null,
  verified boolean not null,
  measured boolean not null,
  check (is_open = (closed_at is null))
);

create table promise (
  promise_id text primary key,
  case_id text not null references supervised_case (case_id),
  -- Place among the promises of its case.
  ordinal integer not null,
  node text not null,
  department text not null,
  dispatch_id text not null,
  made_at bigint not null,
  due_at bigint not null,
  kept_at bigint,
  withdrawn_at bigint,
  calendar_version text not null,
  provisional boolean not null,
  basis text not null,
  reminders integer not null,
  check (kept_at is null or withdrawn_at is null)
);

create index promise_case on promise (case_id, ordinal);
create index promise_open on promise (due_at, promise_id) where kept_at is null and withdrawn_at is null;
