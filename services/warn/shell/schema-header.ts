/** What stands in front of messages written with the newest schema of a subject. */
import { versionsOf } from '../../../schemas/codec.ts'

/** The single-object header of the newest version in `schemas/<subject>`. */
export function headerOf(subject: string): Buffer {
  const newest = versionsOf(subject).at(-1)
  if (newest === undefined) throw new Error(`schemas/${subject} holds no version`)
  return newest.header
}
