/** Finds the body behind a message's header, in the framings every reader takes. Pure. */
import {
  confluentHeaderLength,
  fingerprintIn,
  headerLength,
  isConfluent,
  isSingleObject,
  schemaIdIn,
  schemaOfId,
} from '../../../../schemas/header.ts'

/**
 * Offset of the body when the message was written with one schema; -1 when it was written with another or is no message.
 * @param header single-object header of that schema
 */
export function bodyAt(bytes: Buffer, header: Buffer): number {
  const wanted = fingerprintIn(header)
  if (isSingleObject(bytes)) {
    const isIt = bytes.readInt32LE(2) === wanted.low && bytes.readInt32LE(6) === wanted.high
    return isIt ? headerLength : -1
  }
  const print = isConfluent(bytes) ? schemaOfId(schemaIdIn(bytes)) : undefined
  return print?.low === wanted.low && print.high === wanted.high ? confluentHeaderLength : -1
}
