-- One row per sign-in. The cookie's value is not kept, only its SHA-256: who reads the table cannot use a session.
create table session (
  id_hash bytea primary key,
  user_name text not null,
  seat jsonb not null,
  demo boolean not null,
  created_at bigint not null,
  seen_at bigint not null,
  revoked_at bigint
);
create index session_seen on session (seen_at);
