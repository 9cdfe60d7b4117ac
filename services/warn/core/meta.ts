/** What the fold stores besides subjects and rules. Pure. */
import type { Due } from './due-queue.ts'
import type { StateReader } from './state.ts'
import { StateFormatError } from './state.ts'
import type { WatermarkState } from './watermark.ts'

/** Where it is stored. */
export const metaKey = 'm'

/** As stored, JSON. */
export interface Meta {
  readonly engine: number
  readonly watermark: WatermarkState
  readonly due: readonly Due[]
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
