/** When each rule has to look at a subject again. Pure. */
import { noFacts } from './facts/held-facts.ts'
import { isIncoming } from './flow.ts'
import type { Memory, Page } from './memory.ts'
import type { RateTable } from './rates.ts'
import type { CompiledRuleSet } from './rules/compile.ts'
import { moneyOf } from './rules/money.ts'
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

/** What came to a subject up to one of its flows, that one included. */
export class Came {
  /** Fen. */
  received = 0
  paid = 0
  flows = 0

  /** One more flow. */
  add(rates: RateTable, subject: Subject, index: number): void {
    const fen = moneyOf.cny(rates, subject, index)
    if (isIncoming(subject.bitsAt(index))) this.received += fen
    else this.paid += fen
    this.flows += 1
  }

  /** All that came but for the flows after `index`. */
  upTo(rests: RuleRests, rates: RateTable, subject: Subject, index: number): void {
    this.received = this.paid = this.flows = 0
    for (let at = index + 1; at < subject.count; at += 1) this.add(rates, subject, at)
    const { received, paid, flows } = this
    rests.all(this)
    this.received -= received
    this.paid -= paid
    this.flows -= flows
  }
}

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
    for (let number = 0; number < rules; number += 1) this.wake(number)
  }

  /** Of a subject whose rest is over: rules are due, but those for which all its flows together are too little. */
  static of(subject: Subject, rules: CompiledRuleSet): RuleRests {
    const { restful } = rules.withFacts
    const rests = new RuleRests(subject.home.memory, restful.length)
    // Facts may make up for what lacks.
    if (subject.count > addedUpMax || subject.facts !== noFacts) return rests
    for (let index = 0; index < subject.count; index += 1)
      rests.add(moneyOf.cny(rules.rates, subject, index), isIncoming(subject.bitsAt(index)))
    for (const { restNumber, restAtFirst } of restful) rests.rest(restNumber, nothingCame, restAtFirst)
    return rests
  }

  /** Memory taken, bytes, about. */
  get bytes(): number {
    return this.size + 56
  }

  /** A flow of so many fen came. */
  add(fen: number, isReceipt: boolean): void {
    const { doubles } = this.page
    const side = isReceipt ? this.base : this.base + 1
    doubles[side] = (doubles[side] ?? 0) + fen
    doubles[this.base + 2] = (doubles[this.base + 2] ?? 0) + 1
  }

  /** All that came, into `came`. */
  all(came: Came): void {
    const { doubles } = this.page
    came.received = doubles[this.base] ?? 0
    came.paid = doubles[this.base + 1] ?? 0
    came.flows = doubles[this.base + 2] ?? 0
  }

  /** Whether a rule has to look at a flow of this time, when so much came. */
  isDue(number: number, came: Came, time: number): boolean {
    const { doubles } = this.page
    const at = this.base + headWidth + width * number
    return (
      came.received >= (doubles[at] ?? 0) ||
      came.paid >= (doubles[at + 1] ?? 0) ||
      came.flows >= (doubles[at + 2] ?? 0) ||
      time >= (doubles[at + 3] ?? 0)
    )
  }

  /** Nothing lacked when it was asked last, and it is not time to ask again. */
  isSleepless(number: number, { flows }: Came): boolean {
    const due = this.page.doubles[this.base + headWidth + width * number + 2]
    return due === Number.NEGATIVE_INFINITY && flows % askedEvery !== 0
  }

  /** A rule rests from when so much had come. */
  rest(number: number, came: Came, { received, paid, flows, until }: Rest): void {
    const { doubles } = this.page
    const at = this.base + headWidth + width * number
    doubles[at] = came.received + received
    doubles[at + 1] = came.paid + paid
    doubles[at + 2] = flows > 0 ? came.flows + flows : Number.NEGATIVE_INFINITY
    doubles[at + 3] = until
  }

  /** A rule looks at the next flow, and is asked then how long it may rest. */
  wake(number: number): void {
    const { doubles } = this.page
    const at = this.base + headWidth + width * number
    doubles[at] = Number.NEGATIVE_INFINITY
    doubles[at + 1] = doubles[at + 2] = doubles[at + 3] = Number.POSITIVE_INFINITY
  }

  /** Gives its memory back; it is not to be used any more. */
  release(): void {
    this.memory.give(this.page, 8 * this.base, this.size)
  }
}

const nothingCame = new Came()
