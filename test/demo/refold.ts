/** What stage two of warn makes of a log of flows when nothing disturbs it: the yardstick for what it made of it in between kills. */
import { codecs } from '../../schemas/codec.ts'
import { topics } from '../../schemas/topics.ts'
import type { Warning } from '../../schemas/types.ts'
import { openEmbeddedLog } from '../../services/platform/log/embedded/open.ts'
import type { Log } from '../../services/platform/log/port.ts'
import { createScorer, flowTypes } from '../../services/warn/app.ts'
import type { Emission } from '../../services/warn/app.ts'

/** Warnings as they lie in the topic, and as one fold over the flows of the same log gives them. Partition by partition, in order. */
export interface Refolded {
  readonly stored: readonly Warning[]
  readonly folded: readonly Warning[]
}

const nothing = { get: () => undefined, entries: () => [] }

function foldedRecord(
  scorer: ReturnType<typeof createScorer>,
  type: string | undefined,
  bytes: Uint8Array,
): Emission[] {
  if (type === flowTypes.control) return scorer.control(codecs.control.decode(bytes))
  // The tokens that this fold makes lie in the log already.
  if (type === flowTypes.paths) return scorer.paths(codecs.pathBlock.decode(bytes))
  return scorer.block(codecs.flowBlock.decode(bytes))
}

async function foldedOf(log: Log, partition: number): Promise<Warning[]> {
  const scorer = createScorer(nothing)
  const warnings: Warning[] = []
  for await (const { value, headers } of log.read(topics.flows, partition, 0)) {
    const bytes = value ?? new Uint8Array(0)
    const emissions = foldedRecord(scorer, headers['ce_type'], bytes)
    warnings.push(...emissions.flatMap((one) => (one.type === 'warning' ? [one.warning] : [])))
  }
  return warnings
}

async function storedOf(log: Log, partition: number): Promise<Warning[]> {
  const records = await Array.fromAsync(log.read(topics.warnings, partition, 0))
  return records.map(({ value }) => codecs.warning.decode(value ?? new Uint8Array(0)))
}

/** Folds the flows of a demo that does not run once more, in memory. */
export async function refolded(directory: string): Promise<Refolded> {
  const log = await openEmbeddedLog({ directory, sync: 'none' })
  const stored: Warning[] = []
  const folded: Warning[] = []
  try {
    for (let partition = 0; partition < topics.flows.partitions; partition += 1) {
      stored.push(...(await storedOf(log, partition)))
      folded.push(...(await foldedOf(log, partition)))
    }
  } finally {
    await log.close()
  }
  return { stored, folded }
}
