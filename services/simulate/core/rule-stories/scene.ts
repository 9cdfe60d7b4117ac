/** How the story of a rule is told: invented people, and payments written down one by one. Pure. */
import { minorUnits } from '../../../platform/money/money.ts'
import type { FactKind } from '../../../../schemas/fact.ts'
import type { FactFields } from '../../../../schemas/fact-csv.ts'
import type { Channel } from '../../../../schemas/types.ts'
import { homeRegion } from '../district.ts'
import { createCast } from '../identity.ts'
import type { Label, Party, Payment } from '../transaction.ts'

/** A sentence in both languages, for readers who know neither rules nor banks. */
export interface Sentence {
  readonly zh: string
  readonly en: string
}

/** One story: what happens, whom the rule is about, the payments in order of time, and facts that are no payments. */
export interface Telling {
  readonly what: Sentence
  readonly subject: Party
  readonly payments: readonly Payment[]
  /** What registers, courts and departments deliver besides, in order of time. */
  readonly facts: readonly StoryFact[]
}

/** A fact as a row of the CSV contract of its kind. */
export interface StoryFact {
  readonly kind: FactKind
  readonly fields: FactFields
}

/** Two stories of a rule that differ in one number: on its line, and just below it. */
export interface RuleStory {
  /** Id in the rule set, e.g. `R12`. */
  readonly rule: string
  readonly fires: Telling
  readonly below: Telling
}

/** What else may be said of a payment. `currency`: default CNY. `country`: ISO 3166 of the far side, default domestic. */
export interface Circumstances {
  readonly channel?: Channel
  readonly currency?: string
  readonly country?: string
  readonly remark?: string
}

/** The people and payments of one story while it is told. */
export class Scene {
  readonly payments: Payment[] = []
  readonly facts: StoryFact[] = []
  private readonly cast = createCast()
  private readonly label: Label

  constructor(label: Label) {
    this.label = label
  }

  /** Somebody new. @param region six-digit code; default Luqiao */
  person(region = homeRegion): Party {
    return this.cast.person(region)
  }

  /** So many new people. */
  people(count: number): Party[] {
    return Array.from({ length: count }, () => this.person())
  }

  firm(): Party {
    return this.cast.enterprise(homeRegion)
  }

  /** A counter or cash machine: an institution, which no rule is about. */
  bank(): Party {
    return this.cast.institution(homeRegion, '银行网点1号')
  }

  /** A firm abroad, without an id. */
  abroad(country: string): Party {
    return this.cast.foreign(country)
  }

  /**
   * Writes a payment down.
   * @param at `2026-03-02 10:00` in Shanghai, or ms since 1970
   * @param amount decimal string in the currency
   * @throws RangeError when the amount is none
   */
  pay(
    at: string | number,
    payer: Party,
    payee: Party,
    amount: string,
    circumstances: Circumstances = {},
  ): void {
    const { channel = 'transfer', currency = 'CNY', remark = '', country } = circumstances
    const minor = minorUnits(amount, currency)
    if (typeof minor !== 'number') throw new RangeError(`${amount} ${currency}: ${minor.detail}`)
    const time = typeof at === 'number' ? at : shanghai(at)
    this.payments.push({
      at: time,
      payer,
      payee,
      amount: minor,
      channel,
      remark,
      label: this.label,
      currency,
      ...(country === undefined ? {} : { country }),
    })
  }

  /**
   * Lets a register, court or department deliver a fact.
   * @param at Shanghai day on which it became so, `2026-03-02`
   * @param fields what its kind says, as columns of the CSV contract
   */
  fact(kind: FactKind, at: string, subject: Party, fields: FactFields): void {
    this.facts.push({
      kind,
      fields: {
        fact_id: `${this.label.typology}-${this.facts.length + 1}`,
        event_time: at,
        subject_id: subject.id,
        subject_account: subject.account,
        subject_name: subject.name,
        subject_kind: subject.kind,
        subject_region: subject.region,
        source_id: '演示数据平台',
        legal_basis: '演示:数据共享协议',
        allowed_purpose: 'risk_warning',
        ...fields,
      },
    })
  }
}

/** The instant (ms since 1970) of `2026-03-02 10:00` in Shanghai. */
export function shanghai(at: string): number {
  return Date.parse(`${at.replace(' ', 'T')}:00+08:00`)
}

/** `2026-03-02 10:00`, so many days (may be fractions) later, ms since 1970. */
export function daysLater(at: string, days: number): number {
  return shanghai(at) + Math.round(days * 86_400) * 1000
}

/** A story before its label is known. `tell` writes the payments and returns whom the rule is about. */
export interface Draft {
  readonly what: Sentence
  readonly tell: (scene: Scene) => Party
}

/** A draft. */
export function told(zh: string, en: string, tell: (scene: Scene) => Party): Draft {
  return { what: { zh, en }, tell }
}

/** Tells both stories of a rule. Labels: typology `rule_R12` on the line, `n_rule_R12` below it. */
export function ruleStory(rule: string, drafts: { readonly fires: Draft; readonly below: Draft }): RuleStory {
  return {
    rule,
    fires: telling(drafts.fires, {
      typology: `rule_${rule}`,
      scheme_id: `rule-${rule}`,
      is_laundering: true,
    }),
    below: telling(drafts.below, { typology: `n_rule_${rule}`, scheme_id: '', is_laundering: false }),
  }
}

function telling(draft: Draft, label: Label): Telling {
  const scene = new Scene(label)
  const subject = draft.tell(scene)
  const payments = scene.payments.toSorted((a, b) => a.at - b.at)
  return { what: draft.what, subject, payments, facts: scene.facts }
}
