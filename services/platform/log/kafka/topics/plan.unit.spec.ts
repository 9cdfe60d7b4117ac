import { describe, expect, it } from 'vitest'
import { topics, withPartitions } from '../../../../../schemas/topics.ts'
import { groupTopics } from './internal.ts'
import { planTopics, wantedTopic } from './plan.ts'
import type { ExistingTopic, TopicAction, WantedTopic } from './plan.ts'

const layout = { prefix: 'weir', replication: 3 }
const flows = wantedTopic(topics.flows, layout)
const { positions } = groupTopics('warn-score', topics.flows)
const aligned = wantedTopic(positions, layout, topics.flows)

/** The topic as it is after it was created as wanted. */
function made(topic: WantedTopic, other: Partial<ExistingTopic> = {}): ExistingTopic {
  const { name, partitions, replication, settings } = topic
  const all = { ...settings, 'segment.index.bytes': '10485760', ...other.settings }
  return { name, partitions, replication, own: settings, ...other, settings: all }
}

function actionOf(topic: WantedTopic, ...existing: readonly ExistingTopic[]): TopicAction {
  const [action] = planTopics([topic], existing, 3)
  if (action === undefined) throw new Error('no plan')
  return action
}

describe('a topic that is not there', () => {
  it('is created as it is declared', () => {
    expect(actionOf(flows)).toEqual({ action: 'create', topic: flows })
    expect(flows).toMatchObject({ name: 'weir.warn.flows.v1', partitions: 4, replication: 3 })
  })

  it('is refused when there are fewer brokers than copies', () => {
    expect(planTopics([flows], [], 1)[0]).toMatchObject({
      action: 'refuse',
      refusal: { reason: 'too_few_brokers', found: 1, wanted: 3 },
    })
  })

  it('is refused when the topic that its tasks read has another number of partitions', () => {
    const input = made(flows, { partitions: 8 })
    expect(actionOf(aligned, input)).toMatchObject({
      action: 'refuse',
      refusal: { reason: 'not_aligned', wanted: 8, found: 4, with: 'weir.warn.flows.v1' },
    })
  })
})

describe('settings of a new topic', () => {
  it.each([
    ['retention.ms', topics.flows, '34560000000'],
    ['retention.ms', topics.ruleSets, '-1'],
    ['cleanup.policy', topics.flows, 'delete'],
    ['cleanup.policy', topics.ruleSets, 'compact'],
    ['max.message.bytes', topics.flows, '8388608'],
    ['segment.ms', topics.flows, undefined],
    ['segment.ms', positions, '1800000'],
    ['min.cleanable.dirty.ratio', positions, '0.2'],
    // Event time is data: a broker that refuses or replaces it changes results.
    ['message.timestamp.type', topics.transactions, 'CreateTime'],
    ['message.timestamp.after.max.ms', topics.transactions, '9223372036854775807'],
  ])('say %s of %o as %s', (setting, topic, value) => {
    expect(wantedTopic(topic, layout).settings[setting]).toBe(value)
  })

  it.each([
    [1, '1'],
    [2, '1'],
    [3, '2'],
    [5, '2'],
  ])('ask, with %i copies, that %s of them acknowledge a write', (replication, minimum) => {
    const { settings } = wantedTopic(topics.flows, { prefix: 'weir', replication })
    expect(settings['min.insync.replicas']).toBe(minimum)
  })
})

describe('a topic that is there', () => {
  it.each<[string, Partial<ExistingTopic>, object]>([
    ['as wanted is left alone', {}, { action: 'keep', kept: [] }],
    [
      'with another number of partitions is refused: it is fixed for life',
      { partitions: 8 },
      { action: 'refuse', refusal: { reason: 'partitions_differ', found: 8, wanted: 4 } },
    ],
    [
      'that is compacted instead of kept for a time is refused: it would lose records',
      { settings: { 'cleanup.policy': 'compact' } },
      { action: 'refuse', refusal: { reason: 'cleanup_differs', found: 'compact', wanted: 'delete' } },
    ],
    [
      'with fewer copies is told',
      { replication: 1, settings: { 'min.insync.replicas': '1' } },
      { action: 'keep', kept: [{ setting: 'replication', found: '1', wanted: '3' }] },
    ],
    [
      'that asks for more answers than it has copies takes writes again',
      { replication: 1 },
      { action: 'alter', changes: [{ setting: 'min.insync.replicas', from: '2', to: '1' }] },
    ],
    [
      'that keeps records for less time will keep them longer',
      { settings: { 'retention.ms': '1000' } },
      { action: 'alter', changes: [{ setting: 'retention.ms', from: '1000', to: '34560000000' }] },
    ],
    [
      'that keeps them longer goes on doing so',
      { settings: { 'retention.ms': '99999999999' } },
      { action: 'keep', kept: [{ setting: 'retention.ms', found: '99999999999', wanted: '34560000000' }] },
    ],
    [
      'that keeps them for ever goes on doing so',
      { settings: { 'retention.ms': '-1' } },
      { action: 'keep', kept: [{ setting: 'retention.ms', found: '-1', wanted: '34560000000' }] },
    ],
    [
      'that would drop records for lack of room no longer does',
      { settings: { 'retention.bytes': '1000' } },
      { action: 'alter', changes: [{ setting: 'retention.bytes', from: '1000', to: '-1' }] },
    ],
    [
      'that takes larger batches goes on doing so',
      { settings: { 'max.message.bytes': '99999999' } },
      { action: 'keep', kept: [{ setting: 'max.message.bytes', found: '99999999', wanted: '8388608' }] },
    ],
    [
      'that refuses clocks ahead of its own takes what it is given',
      { settings: { 'message.timestamp.after.max.ms': '3600000' } },
      { action: 'alter', changes: [{ setting: 'message.timestamp.after.max.ms', from: '3600000' }] },
    ],
    [
      'that one copy may acknowledge will ask two',
      { settings: { 'min.insync.replicas': '1' } },
      { action: 'alter', changes: [{ setting: 'min.insync.replicas', from: '1', to: '2' }] },
    ],
    [
      'that asks for more answers than we do goes on doing so',
      { settings: { 'min.insync.replicas': '3' } },
      { action: 'keep', kept: [{ setting: 'min.insync.replicas', found: '3', wanted: '2' }] },
    ],
  ])('%s', (_, other, expected) => {
    expect(actionOf(flows, made(flows, other))).toMatchObject(expected)
  })

  it('keeps the settings that somebody else made when others are altered', () => {
    const own = { 'flush.ms': '5000', 'retention.ms': '1000' }
    const action = actionOf(flows, made(flows, { settings: own, own }))
    expect(action).toMatchObject({ settings: { 'flush.ms': '5000', 'retention.ms': '34560000000' } })
  })

  it('is not altered for another spelling of the same number', () => {
    const existing = made(aligned, { settings: { 'min.cleanable.dirty.ratio': '0.20' } })
    expect(actionOf(aligned, existing, made(flows))).toMatchObject({ action: 'keep', kept: [] })
  })
})

describe('topics that tasks own together', () => {
  it('follow the number of partitions of their input', () => {
    const wide = withPartitions(topics.flows, 32)
    const found = groupTopics('warn-score', wide)
    expect([found.positions.partitions, found.snapshots.partitions]).toEqual([32, 32])
    expect(withPartitions(topics.dispatches, 32).partitions).toBe(1)
  })

  it('are refused when they no longer agree with their input', () => {
    expect(actionOf(aligned, made(flows), made(aligned, { partitions: 2 }))).toMatchObject({
      action: 'refuse',
      refusal: { reason: 'not_aligned', found: 2, wanted: 4, with: 'weir.warn.flows.v1' },
    })
  })

  it('are planned in the order they were asked for, each once', () => {
    const plan = planTopics([aligned, flows], [made(flows)])
    expect(plan.map(({ action, topic }) => `${action} ${topic.name}`)).toEqual([
      'create weir.log.warn-score.positions.v1',
      'keep weir.warn.flows.v1',
    ])
  })
})
