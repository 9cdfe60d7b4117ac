/** A district on an ordinary Monday: leads of every level and state, some in time and some not. For looking at screens. */
import type { Warning } from '../../../schemas/types.ts'
import { aWarning, command, member, monday, result, visit } from '../../casework/support.ts'
import type { TestDistrict } from './district.ts'

const hour = 3_600_000

type Hit = Warning['rules'][number]

function hit(change: Partial<Hit>): Hit {
  return { ...(aWarning().rules[0] as Hit), ...change }
}

function evidence(count: number, yuan: number): Warning['evidence'] {
  return Array.from({ length: count }, (_, index) => ({
    txn_id: `t${index}`,
    event_time: monday - (count - index) * 37 * 60_000,
    direction: index % 5 === 4 ? ('out' as const) : ('in' as const),
    amount: (yuan + index * 1317) * 100,
    currency: 'CNY',
    counterparty_id: `p_${(0x9e3779b1 * (index + 1)).toString(36).padStart(22, 'k').slice(0, 22)}`,
    counterparty_kind: index % 7 === 3 ? ('enterprise' as const) : ('person' as const),
    channel: (['transfer', 'third_party', 'card', 'cash'] as const)[index % 4] ?? 'transfer',
  }))
}

const crowd = hit({
  level: 'red',
  values: { payers: '164', total: '8240000.00' },
  thresholds: { payers: '150' },
  basis: ['浙江省地方金融条例 第十八条', '法释〔2022〕5号 非法集资解释 第三条'],
})
const payouts = hit({
  rule_id: 'R13',
  values: { payees: '42' },
  thresholds: { payees: '10' },
  basis: ['国令〔2021〕737号 第二条'],
})
const million = hit({
  rule_id: 'R01',
  family: 'size',
  level: 'orange',
  values: { amount: '1860000.00' },
  thresholds: { amount: '1000000.00' },
  basis: ['台州路桥模型 单笔百万'],
})
const passThrough = hit({
  rule_id: 'R09',
  family: 'shape',
  values: {
    inflow: '386000.00',
    passed: '0.968',
    turnover: '0.9712',
    fast_inflow: '0.00',
    fast_passed: '0',
    hit_days: '2',
  },
  thresholds: { inflow: '50000.00', passed: '0.8', turnover: '..1.2' },
  basis: ['反洗钱监测实践 快进快出'],
})
const daily = hit({
  rule_id: 'R02',
  family: 'size',
  level: 'blue',
  values: { total: '512000.00', foreign_total: '0.00' },
  thresholds: { total: '500000.00' },
  basis: ['中国人民银行令〔2016〕第3号 第五条第三项'],
})

/** Warnings of six subjects. */
export const sceneWarnings: readonly Warning[] = [
  aWarning({
    warning_id: 'w-red',
    subject_id: 'p_3fQx0vK2mJ8sTn5wLr7Zbe',
    subject_kind: 'enterprise',
    level: 'red',
    score: 0.93,
    rules: [crowd, payouts, million],
    evidence: evidence(20, 50_000),
    explanation: {
      zh: '企业(p_3fQx0vK2…)在连续12个月内汇入自然人数为164人、汇入金额合计为8,240,000.00元,达到或超过阈值150人(依据:浙江省地方金融条例 第十八条)。组合研判:疑似非法集资',
      en: 'The enterprise (p_3fQx0vK2…) received money from 164 different people, 8,240,000.00 CNY together, within 12 months; the line is 150 (basis: Zhejiang local finance regulation, Art. 18). Together with its other hits: suspected illegal fund-raising.',
    },
  }),
  aWarning({
    warning_id: 'w-orange',
    subject_id: 'p_8hYd1cN4qV6uBg9xPt2Wka',
    level: 'orange',
    score: 0.6,
    risk_type: 'T0',
    rules: [million],
    evidence: evidence(1, 1_860_000),
    explanation: {
      zh: '个人(p_8hYd1cN4…)在2026-03-02单笔交易内单笔金额为1,860,000.00元,达到或超过阈值1,000,000.00元(依据:台州路桥模型 单笔百万)',
      en: 'The person (p_8hYd1cN4…) received CNY 1,860,000.00 in a single payment; the line is CNY 1,000,000.00 (basis: Luqiao model).',
    },
  }),
  aWarning({
    warning_id: 'w-yellow',
    subject_id: 'p_Jm5zRw7kXe3oHs0tYc6Nvf',
    level: 'yellow',
    score: 0.37,
    risk_type: 'T4',
    rules: [passThrough, daily],
    evidence: evidence(9, 38_000),
    explanation: {
      zh: '个人(p_Jm5zRw7k…)在24小时内24小时流入为386,000.00元、其中已转出比例为96.8%,达到或超过阈值50,000.00元、80%(依据:反洗钱监测实践 快进快出)',
      en: 'The person (p_Jm5zRw7k…) received 386,000.00 CNY within 24 hours and passed on 96.8% of it; the lines are 50,000.00 CNY and 80% (basis: anti-money-laundering practice).',
    },
  }),
  aWarning({
    warning_id: 'w-blue',
    subject_id: 'p_Tz9aLq2yDf8iMb4nEu1Gxo',
    level: 'blue',
    score: 0.1,
    risk_type: 'T0',
    rules: [daily],
    evidence: evidence(3, 170_000),
    explanation: {
      zh: '个人(p_Tz9aLq2y…)在2026-03-02当日内支出当日人民币单边累计为512,000.00元,达到或超过阈值500,000.00元(依据:中国人民银行令〔2016〕第3号)',
      en: 'The person (p_Tz9aLq2y…) paid a large sum within one day: 512,000.00 CNY; the line is 500,000.00 CNY (basis: PBOC Order 2016 No. 3).',
    },
  }),
  aWarning({
    warning_id: 'w-done',
    subject_id: 'p_Kw4bOs6gVr1jCd7lAh3Upm',
    level: 'orange',
    score: 0.72,
    rules: [crowd, daily],
    evidence: evidence(12, 20_000),
  }),
  aWarning({
    warning_id: 'w-routed',
    subject_id: 'p_Xn2eIt8fQy5pZk0vSg6Wjc',
    level: 'red',
    score: 0.9,
    rules: [crowd, payouts],
    evidence: evidence(16, 30_000),
  }),
]

/** Plays the scene: every case somewhere else on its way, then six hours go by. */
export async function playScene(district: TestDistrict): Promise<void> {
  await district.warn(sceneWarnings)
  const lead = member('D01')
  const grid = member('D12', 'grid_worker')
  const police = member('D02')
  const tasks = await district.casework.tasks('D01')
  const caseOf = (subject: string): string =>
    tasks.find((task) => task.lead.subject_id === subject)?.lead.case_id ?? ''
  const subjects = sceneWarnings.map((warning) => warning.subject_id)
  const run = async (
    index: number,
    principal: typeof lead,
    change: Parameters<typeof command>[0],
  ): Promise<void> => {
    const caseId = caseOf(subjects[index] ?? '')
    const answer = await district.casework.execute(command(change), caseId, principal)
    if (answer.outcome !== 'done') throw new Error(`${change.type} on ${caseId}: ${JSON.stringify(answer)}`)
    district.clock.advance(7 * 60_000)
  }
  for (const index of [4, 5]) {
    await run(index, lead, { type: 'acknowledge' })
    await run(index, grid, { type: 'acknowledge' })
    await run(index, lead, { type: 'start_verification' })
    await run(index, grid, {
      type: 'record_verification',
      verification: {
        ...visit,
        findings: '门店大门紧锁,邻近商户称上月起无人经营;墙上仍贴有“月息一分二”的宣传单。',
      },
    })
    await run(index, lead, {
      type: 'grade',
      card: 'red',
      reason: '向不特定人员吸收资金、承诺还本付息,涉嫌非法吸收公众存款,且资金链已断裂。',
    })
  }
  await run(4, police, { type: 'acknowledge' })
  await run(4, police, {
    type: 'take_measure',
    measure: {
      kind: '立案侦查,提请冻结涉案账户',
      legal_basis: '《刑法》第一百七十六条;《公安机关办理刑事案件程序规定》',
    },
  })
  await run(4, police, {
    type: 'feed_back',
    result: { ...result, summary: '已立案,冻结账户 3 个', amount_frozen: 32_000_000 },
  })
  await run(4, police, {
    type: 'close',
    result: { ...result, summary: '移送审查起诉', amount_frozen: 32_000_000 },
  })
  await run(0, lead, { type: 'acknowledge' })
  await run(2, member('D05'), { type: 'acknowledge' }).catch(() => undefined)
  await run(1, lead, { type: 'acknowledge' }).catch(() => undefined)
  district.clock.advance(30 * hour)
  await district.idle()
}
