/**
 * G1, no warning lost or doubled: a demo that is killed twenty times on its way comes to the same warnings as one that is
 * not, and every one of them to a case. What the order of arrival may change is left out: after a kill, partitions are read
 * in another order, and of two warnings found in the same moment another one may open the lead (docs/spec/warn.md).
 */
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CaseEvent, Warning } from '../../schemas/types.ts'
import type { DemoSummary } from '../../services/cli/demo/summary.ts'
import { createRandom } from '../../services/simulate/core/random.ts'
import { seed } from '../support/seed.ts'
import { weir } from '../support/weir.ts'
import { holdingsOf } from './holdings.ts'
import type { Holdings } from './holdings.ts'
import { planKills, runWhole, startAndKill } from './killing.ts'
import { refolded } from './refold.ts'
import { demoArguments, summaryOf } from './run.ts'

const killsPlanned = 20
/** About a minute where nothing else runs; more than twenty starts on a busy machine take longer. */
const hangsAfterMs = 10 * 60_000
const size = { transactions: 2000, days: 20, seed: 331_004 }

interface Told {
  readonly summary: DemoSummary
  readonly holdings: Holdings
}

let root = ''
let kills = 0
let whole: Told
let killed: Told

/** Without a key file both would make one of their own, and their subjects would have other names. */
async function withKeysOf(other: string, directory: string): Promise<void> {
  await mkdir(directory)
  await copyFile(join(other, 'keys.json'), join(directory, 'keys.json'))
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'weir-kill-'))
  const alone = { ...size, directory: join(root, 'whole') }
  const { summary, moments } = await runWhole(alone)
  whole = { summary, holdings: await holdingsOf(alone.directory) }
  const district = { ...size, directory: join(root, 'killed') }
  await withKeysOf(alone.directory, district.directory)
  const random = createRandom(`kill/${seed}`)
  for (const kill of planKills(moments, killsPlanned, random)) {
    if ((await startAndKill(district, kill)) === 'killed') kills += 1
  }
  // A process that had come to the end before its turn: another one is killed while it starts instead.
  while (kills < killsPlanned) {
    if ((await startAndKill(district, { at: 'start', afterMs: random.unit() * 1000 })) === 'killed')
      kills += 1
  }
  const end = await weir(demoArguments(district)).ended
  killed = { summary: summaryOf(end), holdings: await holdingsOf(district.directory) }
}, hangsAfterMs)

afterAll(async () => {
  await rm(root, { recursive: true, force: true })
})

function idsOf({ holdings }: Told): string[] {
  return holdings.warnings.map(({ warning_id: id }) => id).toSorted()
}

/** What a warning stands for: everything that its id is made of, and whom it concerns. */
function meaningsOf({ holdings }: Told): string[] {
  return holdings.warnings
    .map(({ warning_id: id, subject_id: subject, risk_type: risk, subject_kind: kind, rules: [hit] }) =>
      [id, subject, kind, risk, hit?.rule_id, hit?.version, hit?.level].join(' '),
    )
    .toSorted()
}

function lives({ holdings }: Told): ReadonlyMap<string, readonly CaseEvent[]> {
  return Map.groupBy(holdings.caseEvents, (event) => event.case_id)
}

/** Subject and risk type of a warning or a case event. */
function about({ subject_id: subject, risk_type: risk }: Pick<Warning, 'subject_id' | 'risk_type'>): string {
  return `${subject} ${risk}`
}

function countOf({ holdings }: Told, type: string): number {
  return holdings.caseEvents.filter((event) => event.type === type).length
}

describe(`G1: a demo killed ${killsPlanned} times (seed ${seed}), against one left alone`, () => {
  it('was killed that often, and told the whole story', () => {
    expect(kills).toBe(killsPlanned)
    expect(killed.holdings.transactions).toBe(size.transactions)
    expect(killed.summary.flows).toBe(whole.summary.flows)
    expect(whole.holdings.warnings.length).toBeGreaterThan(30)
  })

  it('has the same warnings, each exactly once, meaning the same', () => {
    expect(idsOf(killed)).toEqual(idsOf(whole))
    expect(new Set(idsOf(killed)).size).toBe(killed.holdings.warnings.length)
    expect(meaningsOf(killed)).toEqual(meaningsOf(whole))
    expect(killed.holdings.outcomes).toEqual(whole.holdings.outcomes)
  })

  it('has, to the last byte and in order, the warnings that one undisturbed fold over its flows gives', async () => {
    const { stored, folded } = await refolded(join(root, 'killed'))
    expect(stored).toEqual(folded)
  })

  it('took every warning into exactly one case, of its subject and risk type', () => {
    const taken = killed.holdings.caseEvents.filter(({ details }) => details['warning_id'] !== undefined)
    const expected = killed.holdings.warnings.map((warning) => `${warning.warning_id} ${about(warning)}`)
    expect(taken.map((event) => `${event.details['warning_id'] ?? ''} ${about(event)}`).toSorted()).toEqual(
      expected.toSorted(),
    )
  })

  it('has every case with its events in sequence, without gap or double, from the lead to the close', () => {
    for (const [caseId, events] of lives(killed)) {
      expect(
        events.map(({ sequence }) => sequence),
        caseId,
      ).toEqual(events.map((_, index) => index + 1))
      expect(events[0]?.type, caseId).toBe('lead_opened')
      expect(events.findLast(({ type }) => type !== 'warning_suppressed')?.state, caseId).toBe('closed')
    }
  })

  it('sent every task exactly once', () => {
    const dispatched = killed.holdings.caseEvents.filter(({ type }) => type === 'dispatched')
    const sent = killed.holdings.dispatches.map((dispatch) => dispatch.dispatch_id)
    expect(sent.toSorted()).toEqual(dispatched.map((event) => event.dispatch_id).toSorted())
    expect(new Set(sent).size).toBe(sent.length)
  })

  it('has leads on the same subjects and risk types', () => {
    const leadsOf = (told: Told): string[] =>
      [
        ...new Set(
          [...lives(told).values()].flatMap(([event]) => (event === undefined ? [] : [about(event)])),
        ),
      ].toSorted()
    expect(leadsOf(killed)).toEqual(leadsOf(whole))
  })

  it('shows on the board what happened, and nothing else', () => {
    const { summary } = killed
    const cases = lives(killed).size
    expect(summary).toMatchObject({
      transactions: size.transactions,
      leads: cases,
      cases: { closed: cases },
      overdue: 0,
      reminded: countOf(killed, 'reminded'),
      supervised: countOf(killed, 'supervised'),
      dead_letters: 0,
      late_or_unscored: whole.summary.late_or_unscored,
    })
  })
})
