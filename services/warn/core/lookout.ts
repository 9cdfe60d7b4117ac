/**
 * Which rules look at the newest flow of a subject, and how long they rest after it (`rules/rest.ts`). A subject with few flows rests
 * as a whole; at one with many each rule rests by itself, because some rule would keep all others awake. Pure.
 */
import { cny } from './household.ts'
import type { CompiledRule, Selection } from './rules/compile.ts'
import { Rest, lowerByRule } from './rules/rest.ts'
import type { Subject } from './subject.ts'

/** At subjects with so many flows each rule rests by itself. */
const restsApartMin = 24

/** Rules without rest are asked with every so manieth flow whether they may. */
const askedEvery = 16

/** Numbers of a rule: what must have come in all (fen received, fen paid, flows), and the time at which it is due whatever came. */
const width = 4

/** When each of the rules that let a subject rest has to look again. */
export class RuleRests {
  private readonly due: Float64Array
  private received = 0
  private paid = 0
  private flows = 0

  /** @param count rules; all are due at first */
  constructor(count: number) {
    this.due = new Float64Array(width * count).fill(Number.NEGATIVE_INFINITY)
  }

  /** Memory taken, bytes, about. */
  get bytes(): number {
    return this.due.byteLength + 150
  }

  /** A flow of so many fen came. */
  came(fen: number, isReceipt: boolean): void {
    if (isReceipt) this.received += fen
    else this.paid += fen
    this.flows += 1
  }

  /** Whether a rule has to look at a flow of this time. */
  isDue(number: number, time: number): boolean {
    const { due } = this
    const at = width * number
    return (
      this.received >= (due[at] ?? 0) ||
      this.paid >= (due[at + 1] ?? 0) ||
      this.flows >= (due[at + 2] ?? 0) ||
      time >= (due[at + 3] ?? 0)
    )
  }

  /** Nothing lacked when it was asked last, and it is not time to ask again. */
  isSleepless(number: number): boolean {
    return this.due[width * number + 2] === Number.NEGATIVE_INFINITY && this.flows % askedEvery !== 0
  }

  /** A rule rests from now on. */
  rest(number: number, { received, paid, flows, until }: Rest): void {
    const { due } = this
    const at = width * number
    due[at] = this.received + received
    due[at + 1] = this.paid + paid
    due[at + 2] = flows > 0 ? this.flows + flows : Number.NEGATIVE_INFINITY
    due[at + 3] = until
  }
}

/** One flow at a time; everything is used again for the next. */
export class Lookout {
  private readonly scratch = new Rest()
  private readonly chosen: CompiledRule[] = []
  private isAwake = false

  /** The rules that look at the last flow of a subject, in order of rule id. @param isAwake its rest is over, or the flow is one that ends every rest */
  candidates(rules: Selection, subject: Subject, isAwake: boolean): readonly CompiledRule[] {
    const index = subject.count - 1
    const bits = subject.bitsAt(index)
    this.isAwake = isAwake
    const { ruleRests: rests } = subject
    if (rests === undefined) return (isAwake ? rules.triggeredBy : rules.watchfulBy)[bits] ?? []
    const { chosen } = this
    chosen.length = 0
    const time = subject.timeAt(index)
    const isForeign = subject.currencyAt(index) !== cny
    for (const rule of rules.triggeredBy[bits] ?? []) {
      if (rule.restNumber < 0 || isForeign || rests.isDue(rule.restNumber, time)) chosen.push(rule)
    }
    return chosen
  }

  /** They have looked, and what they found was noted: lets them rest. @param restNumbers how many numbers of rules there are */
  rest(rules: Selection, subject: Subject, restNumbers: number): void {
    const index = subject.count - 1
    if (subject.ruleRests !== undefined) this.restApart(this.chosen, subject, subject.ruleRests)
    else if (this.isAwake && subject.count >= restsApartMin) {
      subject.ruleRests = new RuleRests(restNumbers)
      this.restApart(rules.restful, subject, subject.ruleRests)
    } else if (this.isAwake) {
      const { scratch } = this
      scratch.clear()
      for (const rule of rules.restful) lowerByRule(scratch, rule, subject, index)
      subject.rest(scratch)
    }
  }

  private restApart(rules: readonly CompiledRule[], subject: Subject, rests: RuleRests): void {
    const { scratch } = this
    for (const rule of rules) {
      if (rule.restNumber < 0 || rests.isSleepless(rule.restNumber)) continue
      scratch.clear()
      lowerByRule(scratch, rule, subject, subject.count - 1)
      rests.rest(rule.restNumber, scratch)
    }
  }
}
