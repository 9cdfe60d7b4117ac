/** The exemptions of all subjects of one partition. They come as controls; the log alone decides (G2). Pure. */
import type { Control } from '../../../../schemas/types.ts'
import { dayMs } from '../../../platform/calendar/day.ts'
import type { StateReader } from '../state.ts'
import { readGrant, readRevocation } from './exemption.ts'
import type { Exemption } from './exemption.ts'
import { SubjectExemptions } from './subject-exemptions.ts'

/** Where the book is stored, and where single flows count on it. */
const key = 'e'
/** Longer than any flow is kept: what ended before can leave nothing out any more. */
const keptDays = 400

/** Modes: empty (nothing costs anything), and with exemptions; changed since it was stored or not. */
export class ExemptionBook {
  private readonly bySubject = new Map<string, SubjectExemptions>()
  private isChanged = false

  /** @param stored state of the fold */
  constructor(stored: StateReader) {
    const bytes = stored.get(key)
    if (bytes === undefined) return
    for (const exemption of JSON.parse(Buffer.from(bytes).toString('utf8')) as Exemption[])
      this.ofSubject(exemption.subject_id).put(exemption)
  }

  /** True when no subject has any. */
  get isEmpty(): boolean {
    return this.bySubject.size === 0
  }

  /** Those of one subject. */
  of(subjectId: string): SubjectExemptions | undefined {
    return this.bySubject.get(subjectId)
  }

  private ofSubject(id: string): SubjectExemptions {
    let known = this.bySubject.get(id)
    if (known === undefined) {
      known = new SubjectExemptions()
      this.bySubject.set(id, known)
    }
    return known
  }

  /** Takes a control. @returns the subject whose exemptions changed; undefined when the control cannot be read */
  take({ kind, content }: Control): string | undefined {
    if (kind === 'exemption_granted') {
      const grant = readGrant(content)
      if (grant === undefined) return undefined
      this.ofSubject(grant.subject_id).put(grant)
      this.isChanged = true
      return grant.subject_id
    }
    const revocation = readRevocation(content)
    if (revocation === undefined) return undefined
    const { subject_id: id, exemption_id: exemptionId, valid_until: until } = revocation
    this.bySubject.get(id)?.end(exemptionId, until)
    this.isChanged = true
    return id
  }

  /**
   * What to store for the book as it is now; undefined when it is stored so already.
   * @param watermark what ended long before is given up
   */
  changes(watermark: number): { readonly key: string; readonly value: Uint8Array | null } | undefined {
    this.giveUp(watermark - keptDays * dayMs)
    if (!this.isChanged) return undefined
    this.isChanged = false
    const all = [...this.bySubject.values()].flatMap(({ list }) => list)
    return { key, value: all.length === 0 ? null : Buffer.from(JSON.stringify(all)) }
  }

  /** Those of a subject that still count: a flow may be late by years, and whether what ended long ago was given up already must not show. */
  inForce(exemptions: SubjectExemptions | undefined, watermark: number): SubjectExemptions | undefined {
    exemptions?.drop(watermark - keptDays * dayMs)
    return exemptions
  }

  private giveUp(before: number): void {
    for (const [id, exemptions] of this.bySubject) {
      if (!exemptions.list.some((one) => one.valid_until < before)) continue
      exemptions.drop(before)
      this.isChanged = true
      if (exemptions.list.length === 0) this.bySubject.delete(id)
    }
  }
}
