-- The truth: what happened to each case, in order. Everything else below except warnings, commands, positions and
-- outbox is a projection of it.
create table case_events (
  id bigint generated always as identity primary key,
  case_id text not null,
  sequence integer not null check (sequence >= 1),
  type text not null,
  occurred_at bigint not null,
  actor text not null,
  actor_role text not null,
  actor_department text not null,
  state text not null,
  department text not null,
  reason text not null,
  details jsonb not null,
  fact jsonb not null,
  unique (case_id, sequence)
);

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'case_events is append-only: % refused', tg_op using errcode = 'restrict_violation';
end $$;
create trigger case_events_append_only before update or delete on case_events
  for each row execute function refuse_change();
create trigger case_events_no_truncate before truncate on case_events
  for each statement execute function refuse_change();

create table cases (
  case_id text primary key,
  subject_id text not null,
  risk_type text not null,
  region text not null,
  level text not null,
  card text not null,
  state text not null,
  owner text not null,
  is_open boolean not null,
  rule_ids text not null,
  opened_at bigint not null,
  last_warning_at bigint not null,
  closed_at bigint,
  sequence integer not null,
  snapshot jsonb not null,
  subject_identity bytea not null,
  traceparent text not null
);
create unique index cases_one_open_lead on cases (subject_id, risk_type) where is_open;
create index cases_newest on cases (opened_at desc, case_id desc);
create index cases_by_state on cases (state, level);
create index cases_cleared on cases (subject_id, risk_type, closed_at) where card = 'cleared';

create table warnings (
  warning_id text primary key,
  case_id text not null,
  suppressed boolean not null,
  level text not null,
  event_time bigint not null,
  received_at bigint not null,
  -- The Avro value as received: evidence and explanation, never edited.
  value bytea not null,
  traceparent text not null
);
create index warnings_by_case on warnings (case_id, received_at);

create table dispatches (
  dispatch_id text primary key,
  case_id text not null,
  department text not null,
  purpose text not null,
  role text not null,
  is_open boolean not null,
  -- The step expected of the department now; null when there is none.
  next_command text,
  next_node text,
  next_due_at bigint
);
create index dispatches_of_department on dispatches (department, case_id);
create index dispatches_of_case on dispatches (case_id);
create index dispatches_tasks on dispatches (department, next_due_at) where next_command is not null;

create table promises (
  promise_id text primary key,
  case_id text not null,
  dispatch_id text not null,
  node text not null,
  department text not null,
  due_at bigint not null,
  kept_at bigint,
  withdrawn_at bigint
);
create index promises_open on promises (due_at) where kept_at is null and withdrawn_at is null;
create index promises_of_case on promises (case_id);

-- The same command_id twice has one effect and one answer.
create table commands (
  command_id text primary key,
  case_id text not null,
  actor text not null,
  content_sha256 text not null,
  answer jsonb not null,
  answered_at bigint not null
);

create table positions (
  consumer text not null,
  partition integer not null,
  next_offset bigint not null,
  primary key (consumer, partition)
);

create table outbox (
  id bigint generated always as identity primary key,
  topic text not null,
  key text not null,
  value bytea,
  headers jsonb not null,
  recorded_at bigint not null
);

-- Whoever appends locks this table first: identities above are then handed out in the order of commits, so that
-- neither the outbox nor a live stream can pass over a transaction that is still under way.
create table append_lock (locked boolean);
