/** Why an exemption may be granted (domain.md 3.3), and what each reason is for. Pure. */
import type { Explanation } from '../../../../schemas/types.ts'

/** A reason for an exemption. */
export type ExemptionKind =
  | 'own_name'
  | 'regulated_body'
  | 'payroll'
  | 'house_purchase'
  | 'court_or_government'
  | 'registered_private_lending'
  | 'licensed_institution'
  | 'supply_chain_pair'
  | 'insurance_or_lottery'
  | 'seasonal_settlement'

/** What a kind of exemption is. */
export interface KindFacts {
  readonly name: Explanation
  /** Rules it is for unless the grant names others. */
  readonly ruleIds: readonly string[]
  /** It speaks of payments with one counterparty, who must be named. */
  readonly needsCounterparty: boolean
}

/** Every kind, with its names in both languages. */
export const exemptionKinds: Readonly<Record<ExemptionKind, KindFacts>> = {
  own_name: {
    name: { zh: '同名账户划转', en: 'transfers between accounts of one owner' },
    ruleIds: ['R01', 'R02', 'R03', 'R12'],
    needsCounterparty: true,
  },
  regulated_body: {
    name: { zh: '免报大额交易的机关和机构', en: 'body exempt from large-amount reporting' },
    ruleIds: ['R01', 'R02', 'R03', 'R12'],
    needsCounterparty: false,
  },
  payroll: {
    name: { zh: '工资发放', en: 'payroll' },
    ruleIds: ['R01', 'R02', 'R03'],
    needsCounterparty: false,
  },
  house_purchase: {
    name: { zh: '购房资金', en: 'purchase of a house' },
    ruleIds: ['R01', 'R02', 'R03'],
    needsCounterparty: false,
  },
  court_or_government: {
    name: { zh: '法院、政府账户', en: 'account of a court or government' },
    ruleIds: ['R01', 'R02', 'R03', 'R12'],
    needsCounterparty: false,
  },
  registered_private_lending: {
    name: { zh: '民间借贷备案', en: 'registered private lending' },
    ruleIds: ['R01', 'R02', 'R03', 'R12'],
    needsCounterparty: false,
  },
  licensed_institution: {
    name: { zh: '持牌机构', en: 'licensed institution' },
    ruleIds: ['R01', 'R02', 'R03', 'R12'],
    needsCounterparty: false,
  },
  supply_chain_pair: {
    name: { zh: '长期供应链伙伴', en: 'long-standing supply-chain partner' },
    ruleIds: ['R01', 'R02', 'R03'],
    needsCounterparty: true,
  },
  insurance_or_lottery: {
    name: { zh: '保险赔付、彩票兑奖', en: 'insurance or lottery payout' },
    ruleIds: ['R01', 'R02'],
    needsCounterparty: false,
  },
  seasonal_settlement: {
    name: { zh: '农渔季节性结算', en: 'seasonal settlement of farming or fishery' },
    ruleIds: ['R01', 'R02', 'R03', 'R12'],
    needsCounterparty: false,
  },
}

/** Whether a text names a kind. */
export function isExemptionKind(text: string): text is ExemptionKind {
  return Object.hasOwn(exemptionKinds, text)
}
