/** When each rule has to look at a subject again. Pure. */
import { noFacts } from './facts/held-facts.ts'
import { isIncoming } from './flow.ts'
import type { Memory, Page } from './memory.ts'
import type { CompiledRuleSet } from './rules/compile.ts'
import { fenAt } from './rules/money.ts'
import type { Rest } from './rules/rest.ts'
import type { Subject } from './subject.ts'

/** Rules without rest are asked with every so manieth flow whether they may. */
const askedEvery = 16

/** Subjects with more flows are not added up when they wake: every rule looks. */
const addedUpMax = 64

/*
 * In doubles: what came (fen received, fen paid, flows), and for each rule what must have come in all, and the event time at which it is due
 * whatever came.
 */
const headWidth = 3
const width = 4

/** When each of the rules that let a subject rest has to look again. Its memory is a page's: release it after use. */
export class RuleRests {
  private readonly page: Page
  private readonly base: number
  private readonly size: number
  private readonly memory: Memory

  private constructor(memory: Memory, rules: number) {
    const { page, at, size } = memory.take(8 * (headWidth + width * rules))
    this.memory = memory
    this.page = page
    this.base = at / 8
    this.size = size
    page.doubles.fill(0, this.base, this.base + headWidth)
    page.doubles.fill(Number.NEGATIVE_INFINITY, this.base + headWidth, this.base + headWidth + width * rules)
  }

  /** Of a subject that was woken: rules are due, but those for which all its flows together are too little. */
  static of(subject: Subject, rules: CompiledRuleSet): RuleRests {
    const { restful } = rules.withFacts
    const rests = new RuleRests(subject.home.memory, restful.length)
    // Facts may make up for what lacks.
    if (subject.count > addedUpMax || subject.facts !== noFacts) return rests
    for (let index = 0; index < subject.count; index += 1) {
      const fen = fenAt(rules.rates, subject, index)
      rests.came(Number.isNaN(fen) ? 0 : fen, isIncoming(subject.bitsAt(index)))
    }
    for (const { restNumber, restAtFirst } of restful) rests.restFrom(0, 0, 0, restNumber, restAtFirst)
    return rests
  }

  /** Memory taken, bytes, about. */
  get bytes(): number {
    return this.size + 56
  }

  /** A flow of so many fen came. */
  came(fen: number, isReceipt: boolean): void {
    const { doubles } = this.page
    const side = isReceipt ? this.base : this.base + 1
    doubles[side] = (doubles[side] ?? 0) + fen
    doubles[this.base + 2] = (doubles[this.base + 2] ?? 0) + 1
  }

  /** Whether a rule has to look at a flow of this time. */
  isDue(number: number, time: number): boolean {
    const { base } = this
    const { doubles } = this.page
    const at = base + headWidth + width * number
    return (
      (doubles[base] ?? 0) >= (doubles[at] ?? 0) ||
      (doubles[base + 1] ?? 0) >= (doubles[at + 1] ?? 0) ||
      (doubles[base + 2] ?? 0) >= (doubles[at + 2] ?? 0) ||
      time >= (doubles[at + 3] ?? 0)
    )
  }

  /** Nothing lacked when it was asked last, and it is not time to ask again. */
  isSleepless(number: number): boolean {
    const { base } = this
    const { doubles } = this.page
    const due = doubles[base + headWidth + width * number + 2]
    return due === Number.NEGATIVE_INFINITY && (doubles[base + 2] ?? 0) % askedEvery !== 0
  }

  /** A rule rests from now on. */
  rest(number: number, rest: Rest): void {
    const { base } = this
    const { doubles } = this.page
    this.restFrom(doubles[base] ?? 0, doubles[base + 1] ?? 0, doubles[base + 2] ?? 0, number, rest)
  }

  /** A rule rests as from when so much had come. */
  private restFrom(received: number, paid: number, flows: number, number: number, rest: Rest): void {
    const { doubles } = this.page
    const at = this.base + headWidth + width * number
    doubles[at] = received + rest.received
    doubles[at + 1] = paid + rest.paid
    doubles[at + 2] = rest.flows > 0 ? flows + rest.flows : Number.NEGATIVE_INFINITY
    doubles[at + 3] = rest.until
  }

  /** Gives its memory back; it is not to be used any more. */
  release(): void {
    this.memory.give(this.page, 8 * this.base, this.size)
  }
}
