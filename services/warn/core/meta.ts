/** What the fold stores besides subjects and rules. Pure. */
import type { LabelCounts } from './feedback/label-counts.ts'
import type { Due, DueQueue } from './due-queue.ts'
import type { StateChange, StateReader } from './state.ts'
import { StateFormatError } from './state.ts'
import type { Watermark, WatermarkState } from './watermark.ts'

const metaKey = 'm'

/** As stored, JSON. */
interface Meta {
  readonly engine: number
  readonly watermark: WatermarkState
  readonly due: readonly Due[]
  /** Absent before the first grade. */
  readonly labels?: LabelCounts
}

/** What stores it as it is now. */
export function storedMeta(
  engine: number,
  watermark: Watermark,
  due: DueQueue,
  labels: LabelCounts,
): StateChange {
  const meta: Meta = { engine, watermark: watermark.state(), due: [...due.entries()], labels }
  return { key: metaKey, value: Buffer.from(JSON.stringify(meta)) }
}

/** What was stored; undefined in an empty state. @throws StateFormatError when another engine version stored it */
export function readMeta(stored: StateReader, engineVersion: number): Meta | undefined {
  const bytes = stored.get(metaKey)
  if (bytes === undefined) return undefined
  const meta = JSON.parse(Buffer.from(bytes).toString('utf8')) as Meta
  if (meta.engine !== engineVersion) {
    throw new StateFormatError(
      `the state was made by engine ${meta.engine}, this is engine ${engineVersion}: start the Weir that made it, or fold the flows anew`,
    )
  }
  return meta
}
