/** Weir's log with the peers' topics in place of two of its own. Everything else is as the adapter does it. */
import { topics } from '../../schemas/topics.ts'
import type { TopicSpec } from '../../schemas/topics.ts'
import type { Log, TaskOptions, TaskProcessor } from '../../services/platform/log/port.ts'
import { PeerTransactions } from './transaction.ts'
import { peerWarning } from './warning.ts'

/** What is replaced, and who hears of it. */
export interface PeerPlaces {
  /** Names at the broker. */
  readonly input: string
  readonly output: string
  /** A task has taken over a partition. */
  readonly opened: () => void
  /** The first batch of a partition's task is at hand. */
  readonly began: () => void
}

/** Makes it. */
export function peerLog(log: Log, places: PeerPlaces): Log {
  const input: TopicSpec = { ...topics.transactions, name: places.input, isForeign: true }
  const output: TopicSpec = { ...topics.warnings, name: places.output, isForeign: true }
  const placed = new Map<TopicSpec, TopicSpec>([
    [topics.transactions, input],
    [topics.warnings, output],
  ])
  const at = (topic: TopicSpec): TopicSpec => placed.get(topic) ?? topic

  const peerTask = (options: TaskOptions): TaskOptions => ({
    ...options,
    topic: at(options.topic),
    open(partition, state) {
      const inner = options.open(partition, state)
      places.opened()
      return options.topic === topics.transactions ? reading(inner, places.began) : writing(inner, output)
    },
  })

  return {
    ensureTopics: (list) => log.ensureTopics(list.filter((topic) => !placed.has(topic))),
    task: (options) => log.task(peerTask(options)),
    follow: (options) => log.follow({ ...options, topic: at(options.topic) }),
    publisher: (name) => log.publisher(name),
    offsets: (topic) => log.offsets(at(topic)),
    read: (topic, partition, from) => log.read(at(topic), partition, from),
    committed: (group, topic, partition) => log.committed(group, at(topic), partition),
    close: () => log.close(),
  }
}

function reading(inner: TaskProcessor, began: () => void): TaskProcessor {
  const transactions = new PeerTransactions()
  let isFirst = true
  return {
    process(batch) {
      if (isFirst) began()
      isFirst = false
      return inner.process({ ...batch, records: transactions.translate(batch.records) })
    },
  }
}

function writing(inner: TaskProcessor, output: TopicSpec): TaskProcessor {
  return {
    async process(batch) {
      const { outputs, ...rest } = await inner.process(batch)
      return {
        ...rest,
        outputs: outputs.map((record) =>
          record.topic === topics.warnings ? peerWarning(record, output) : record,
        ),
      }
    },
  }
}
