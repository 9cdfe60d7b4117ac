/** Builders for casework tests: warnings with sane defaults, principals, and a casework of a test's own. */
import { sql } from 'kysely'
import pino from 'pino'
import { Registry } from 'prom-client'
import { codecs } from '../../schemas/codec.ts'
import { topics } from '../../schemas/topics.ts'
import type { Acknowledgement, Warning } from '../../schemas/types.ts'
import { caseworkStore, startCasework } from '../../services/casework/app.ts'
import type { Casework, CaseworkParts } from '../../services/casework/app.ts'
import type { CommandRequest, Principal } from '../../services/casework/shell/execute.ts'
import type { Tables } from '../../services/casework/shell/tables.ts'
import { chinaCalendar } from '../../services/platform/calendar/china.ts'
import type { IdentityVault } from '../../services/platform/identity/port.ts'
import type { Log, LogRecord, NewRecord } from '../../services/platform/log/port.ts'
import type { TopicSpec } from '../../schemas/topics.ts'
import type { Database } from '../../services/platform/store/port.ts'

/** Monday 2 March 2026, 10:00 in Shanghai: an ordinary working day. */
export const monday = Date.parse('2026-03-02T10:00:00+08:00')

/** A clock that stands still until it is moved. */
export function testClock(start = monday) {
  let time = start
  return {
    now: () => time,
    advance(ms: number) {
      time += ms
    },
  }
}

/** A warning; only what matters to a test is given. */
export function aWarning(change: Partial<Warning> = {}): Warning {
  return {
    warning_id: 'w-1',
    subject_id: 'p_subject1',
    subject_kind: 'person',
    subject_region: '331004',
    subject_identity: Buffer.from([1, 2, 3]),
    risk_type: 'T1',
    level: 'yellow',
    score: 0.4,
    rules: [
      {
        rule_id: 'R12',
        version: 1,
        family: 'crowd',
        level: 'yellow',
        event_time: monday - 60_000,
        values: { payers: '31' },
        thresholds: { payers: '30' },
        window: '2025-03-02T00:00:00Z/2026-03-02T00:00:00Z',
        basis: ['浙江省地方金融条例 第十八条'],
      },
    ],
    event_time: monday - 60_000,
    first_txn_id: 't1',
    last_txn_id: 't2',
    txn_ids: ['t1', 't2'],
    evidence: [
      {
        txn_id: 't1',
        event_time: monday - 120_000,
        direction: 'in',
        amount: 5_000_000,
        currency: 'CNY',
        counterparty_id: 'p_other',
        counterparty_kind: 'person',
        channel: 'transfer',
      },
    ],
    explanation: { zh: '31名个人汇入', en: '31 persons paid in' },
    rule_set_id: 'default',
    rule_set_version: 1,
    exemptions: [],
    ...change,
  }
}

/** The record that carries a warning. */
export function warningRecord(warning: Warning, headers: Readonly<Record<string, string>> = {}): NewRecord {
  return {
    topic: topics.warnings,
    key: warning.subject_id,
    value: codecs.warning.encode(warning),
    headers,
    timestamp: warning.event_time,
  }
}

/** The record that carries a department's answer. */
export function acknowledgementRecord(change: Partial<Acknowledgement>): NewRecord {
  const answer: Acknowledgement = {
    acknowledgement_id: 'a-1',
    dispatch_id: '',
    department: 'D01',
    answer: 'accepted',
    reason: '',
    officer: 'zhang',
    answered_at: monday,
    ...change,
  }
  return {
    topic: topics.acknowledgements,
    key: answer.dispatch_id,
    value: codecs.acknowledgement.encode(answer),
    headers: {},
    timestamp: answer.answered_at,
  }
}

/** An officer (or another role) of a department. */
export function member(
  department: string,
  role: Principal['seat']['role'] = 'officer',
  user = `${role}-${department}`,
): Principal {
  return { user, seat: { role, department } }
}

/** The prosecutor. */
export const prosecutor = member('D16', 'prosecutor')

/** A vault that seals nothing: bytes in, a recognisable identity out. */
export const openVault: IdentityVault = {
  pseudonym: (kind, clear) => (clear === '' ? '' : `${kind === 'id' ? 'p' : 'a'}_${clear}`),
  seal: ({ account, id, name }) => new TextEncoder().encode(JSON.stringify([account, id, name])),
  sealBytes: (bytes) => bytes,
  openBytes: (bytes) => bytes,
  open: (sealed) => ({ account: `account-${sealed.length}`, id: 'id-1', name: '测试甲' }),
}

/** Starts casework on a log and a database, with test doubles for nothing but clock and vault. */
export function testCasework(
  parts: { readonly log: Log; readonly database: Database } & Partial<CaseworkParts>,
): Promise<Casework> {
  return startCasework({
    clock: testClock(),
    vault: openVault,
    calendar: chinaCalendar,
    telemetry: { log: pino({ level: 'silent' }), registry: new Registry() },
    ...parts,
  })
}

let commands = 0

/** A command with an id of its own. */
export function command(
  change: Omit<CommandRequest, 'command_id'> & { command_id?: string },
): CommandRequest {
  commands += 1
  return { command_id: `command-${commands}`, ...change }
}

/** Forgets everything casework stored; the next start begins with an empty schema. Quicker than another database. */
export async function emptyDatabase(database: Database): Promise<void> {
  const store = await database.open<Tables>(caseworkStore)
  await sql`drop schema casework cascade`.execute(store.db)
}

/** Every record of a topic, partition by partition, in offset order. */
export async function recordsOf(log: Log, topic: TopicSpec): Promise<LogRecord[]> {
  const records: LogRecord[] = []
  for (let partition = 0; partition < topic.partitions; partition += 1) {
    for await (const record of log.read(topic, partition, 0)) records.push(record)
  }
  return records
}

/** A visit that passes the node gate. */
export const visit = {
  place: '路桥区示例路1号',
  visited_at: monday,
  people: ['钱乙', '李丁'],
  findings: '现场核实',
}

/** A result that passes the node gate. */
export const result = {
  summary: '已处置',
  paper: '责令改正通知书 1号',
  amount_involved: 100_000_000,
  amount_frozen: 0,
  amount_recovered: 5_000_000,
}
