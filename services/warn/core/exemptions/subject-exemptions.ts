/** The exemptions of one subject, and what follows from them for its flows. Pure. */
import { dayMs } from '../../../platform/calendar/day.ts'
import type { CompiledRule } from '../rules/compile.ts'
import { unmarked } from '../rules/shadow.ts'
import type { Subject } from '../subject.ts'
import { holdsAt } from './exemption.ts'
import type { Exemption } from './exemption.ts'
import { View } from './view.ts'
import type { Place } from './view.ts'

/** What ended longer ago than this before a warning is not told with it. */
const toldDays = 366

/** Modes: without views (at first, and after `forget`), and with those that were asked for. */
export class SubjectExemptions {
  /** In order of their ids, so that the order in which they were granted does not matter. */
  list: readonly Exemption[] = []
  /** By the ids of the exemptions that leave flows out. */
  private readonly views = new Map<string, View>()

  /** Adds or replaces one. */
  put(exemption: Exemption): void {
    const { exemption_id: id } = exemption
    const others = this.list.filter((one) => one.exemption_id !== id)
    this.list = [...others, exemption].toSorted((a, b) => (a.exemption_id < b.exemption_id ? -1 : 1))
    this.forget()
  }

  /** From this event time on it holds no more. */
  end(id: string, validUntil: number): void {
    this.list = this.list.map((one) =>
      one.exemption_id === id ? { ...one, valid_until: Math.min(one.valid_until, validUntil) } : one,
    )
    this.forget()
  }

  /** Gives up what ended before an event time. */
  drop(before: number): void {
    if (!this.list.some((one) => one.valid_until < before)) return
    this.list = this.list.filter((one) => one.valid_until >= before)
    this.forget()
  }

  /** The exemption by which a rule's hit at a flow is no warning; a rule of single transactions also heeds those with that counterparty. */
  excuse(rule: CompiledRule, subject: Subject, index: number): Exemption | undefined {
    if (rule.exemptible === 0) return undefined
    const time = subject.timeAt(index)
    return this.list.find(
      (one) =>
        holdsAt(one, time) &&
        one.rule_ids.includes(unmarked(rule.spec.id)) &&
        (one.counterparty_id === '' ||
          (rule.isSingle && one.counterparty_id === subject.home.names.text(subject.partyAt(index)))),
    )
  }

  /** Where a rule is to look for a flow; undefined: the flow is left out of what the rule counts. */
  placeOf(rule: CompiledRule, subject: Subject, index: number): Place | undefined {
    if (rule.isSingle || rule.exemptible === 0) return { subject, index }
    const id = unmarked(rule.spec.id)
    const out = this.list.filter((one) => one.counterparty_id !== '' && one.rule_ids.includes(id))
    return out.length === 0 ? { subject, index } : this.view(subject, out).placeOf(subject, index)
  }

  private view(subject: Subject, out: readonly Exemption[]): View {
    const key = out.map((one) => one.exemption_id).join('|')
    let view = this.views.get(key)
    if (view === undefined) {
      view = new View(subject, out)
      this.views.set(key, view)
    }
    return view
  }

  /** Those that a warning at an event time tells of. */
  toldAt(time: number): readonly Exemption[] {
    return this.list.filter((one) => one.valid_until > time - toldDays * dayMs)
  }

  /** The subject got a flow. */
  inserted(subject: Subject, index: number): void {
    for (const view of this.views.values()) view.inserted(subject, index)
  }

  /** Flows went, names or rules are new, or the subject leaves: views are built anew when asked for. */
  forget(): void {
    for (const view of this.views.values()) view.release()
    this.views.clear()
  }
}
