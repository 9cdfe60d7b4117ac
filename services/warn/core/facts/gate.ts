/** Stage one for facts: repeats are dropped, contradictions set aside, links seen from both ends. Pure. */
import { hash } from 'node:crypto'
import { bodyOf, contentOf } from '../../../../schemas/fact.ts'
import type { FactKind } from '../../../../schemas/fact.ts'
import type { Fact, FactsFed } from '../../../../schemas/types.ts'
import { asBuffer } from '../../../../schemas/header.ts'
import type { StateChange, StateReader } from '../state.ts'
import { stateKey } from '../state.ts'

/** What a fact is to what came before it. */
export type FactSighting = 'new' | 'same' | 'conflicting_duplicate' | 'invalid_fact'

const seenKind = 'f'
const fedPrefix = 'k|'
const printBytes = 16

/**
 * The memory of one facts partition: which facts were seen, and how many of each kind. A fact is known by its source, its id and its
 * subject; its content is compared without the sealed identities, since sealing under a new key gives other bytes. Nothing is
 * forgotten: registers deliver the same entries for years. An entry takes about a hundred bytes of stored state.
 */
export class FactGate {
  private readonly state: StateReader
  private readonly partition: number
  private readonly fresh = new Map<string, Uint8Array>()
  private readonly fed = new Map<FactKind, FactsFed>()
  private readonly told = new Set<FactKind>()

  constructor(state: StateReader, partition: number) {
    this.state = state
    this.partition = partition
  }

  /** Takes one fact. @param arrivedAt milliseconds since 1970 */
  take(fact: Fact, arrivedAt: number): FactSighting {
    if (fact.fact_id === '' || fact.subject_id === '' || !(fact.event_time > 0)) return 'invalid_fact'
    const key = stateKey(seenKind, JSON.stringify([fact.source_id, fact.fact_id, fact.subject_id]))
    const print = printOf(fact)
    const known = this.fresh.get(key) ?? this.state.get(key)
    if (known !== undefined) return print.equals(asBuffer(known)) ? 'same' : 'conflicting_duplicate'
    this.fresh.set(key, print)
    this.count(contentOf(fact).kind, fact.event_time, arrivedAt)
    return 'new'
  }

  private count(kind: FactKind, eventTime: number, arrivedAt: number): void {
    const before = this.fed.get(kind) ?? this.storedCount(kind)
    this.fed.set(kind, {
      kind,
      partition: this.partition,
      delivered: (before?.delivered ?? 0) + 1,
      newest_event_time: Math.max(before?.newest_event_time ?? 0, eventTime),
      arrived_at: Math.max(before?.arrived_at ?? 0, arrivedAt),
    })
    this.told.add(kind)
  }

  private storedCount(kind: FactKind): FactsFed | undefined {
    const bytes = this.state.get(fedPrefix + kind)
    return bytes === undefined ? undefined : (JSON.parse(Buffer.from(bytes).toString()) as FactsFed)
  }

  /** Counts of the kinds that got facts since the last call. */
  takeFed(): readonly FactsFed[] {
    const told = [...this.told].toSorted().flatMap((kind) => this.fed.get(kind) ?? [])
    this.told.clear()
    return told
  }

  /** Everything that became known since the last call: to be stored with the batch, before the next one is taken. */
  checkpoint(): StateChange[] {
    const changes: StateChange[] = [...this.fresh].map(([key, value]) => ({ key, value }))
    for (const [kind, fed] of this.fed)
      changes.push({ key: fedPrefix + kind, value: Buffer.from(JSON.stringify(fed)) })
    this.fresh.clear()
    this.fed.clear()
    return changes
  }
}

/** Half a SHA-256 of what a fact says, without sealed identities. */
function printOf(fact: Fact): Buffer {
  const text = JSON.stringify(fact, (name, value: unknown) =>
    name === 'subject_identity' || name === 'other_identity' ? undefined : value,
  )
  return hash('sha256', text, 'buffer').subarray(0, printBytes)
}

/** A fact as the fold gets it: itself, and a link between equals also as the other one's. */
export function seenFromBothEnds(fact: Fact): readonly Fact[] {
  const said = contentOf(fact)
  if (said.kind !== 'link') return [fact]
  const { relation, other_id, other_identity } = said.content
  if (relation !== 'own_account' && relation !== 'family') return [fact]
  const mirrored: Fact = {
    ...fact,
    subject_id: other_id,
    subject_identity: other_identity,
    subject_kind: relation === 'family' ? 'person' : fact.subject_kind,
    subject_region: '',
    body: bodyOf({
      kind: 'link',
      content: { ...said.content, other_id: fact.subject_id, other_identity: fact.subject_identity },
    }),
  }
  return [fact, mirrored]
}
