/** What registers, courts and departments know: lists, penalties, registered words, suits, complaints, new accounts (R21–R25, R28). Pure. */
import { dayText, parseDay } from '../../../platform/calendar/day.ts'
import type { Party } from '../transaction.ts'
import { daysLater, ruleStory, told } from './scene.ts'
import type { RuleStory, Scene } from './scene.ts'

const dayAfter = (day: string, days: number): string => dayText(parseDay(day) + days)

function onList(scene: Scene, status: 'listed' | 'removed'): Party {
  const person = scene.person()
  scene.fact('list_entry', '2026-03-02', person, { list: 'fundraiser', status })
  scene.pay('2026-03-03 10:00', person, scene.person(), '800.00', { remark: '转账' })
  return person
}

/** Thirty people pay in 510,369 in all on one day; an administrative penalty lies so many days before. */
function again(scene: Scene, daysBefore: number): Party {
  const collector = scene.person()
  scene.fact('penalty', dayAfter('2026-03-31', -daysBefore), collector, {
    form: 'administrative',
    offence: 'illegal_fund_raising',
  })
  for (const [number, payer] of scene.people(30).entries()) {
    scene.pay(daysLater('2026-03-31 10:00', number / 96), payer, collector, '17012.30', { remark: '认购' })
  }
  return collector
}

function registered(scene: Scene, licensed: 'yes' | 'no'): Party {
  const firm = scene.firm()
  const fields = { registered_name: '演示云杉财富管理有限公司', business_scope: '信息咨询', licensed }
  scene.fact('registration', '2026-03-02', firm, fields)
  return firm
}

function suits(scene: Scene, count: number): Party {
  const lender = scene.person()
  for (let number = 0; number < count; number += 1) {
    const day = dayAfter('2025-02-03', number * 40)
    scene.fact('lawsuit', day, lender, { role: 'plaintiff', cause: 'private_lending' })
  }
  return lender
}

function complaints(scene: Scene, complainants: readonly string[]): Party {
  const firm = scene.firm()
  for (const [number, complainant] of complainants.entries()) {
    scene.fact('complaint', dayAfter('2026-03-02', number * 7), firm, { complainant, channel: 'hotline' })
  }
  return firm
}

function newAccount(scene: Scene, amount: string): Party {
  const person = scene.person()
  scene.fact('account_opened', '2026-03-02', person, { account: person.account })
  scene.pay('2026-03-10 10:00', scene.firm(), person, amount, { remark: '往来款' })
  return person
}

/** R21 to R25 and R28. */
export const recordStories: readonly RuleStory[] = [
  ruleStory('R21', {
    fires: told(
      '一名居民被列入已认定的非法集资人名单',
      'A resident is put on the list of confirmed illegal fund-raisers',
      (scene) => onList(scene, 'listed'),
    ),
    below: told(
      '同样的居民，收到的是除名通知',
      'The same resident, but what comes is the notice that he is off the list',
      (scene) => onList(scene, 'removed'),
    ),
  }),
  ruleStory('R22', {
    fires: told(
      '一名730天前因非法集资受过行政处罚的人，又向30人收取51万余元',
      'A person penalised for illegal fund-raising 730 days ago collects more than 510,000 from thirty people',
      (scene) => again(scene, 730),
    ),
    below: told('同样的收款，处罚在732天之前', 'The same, but the penalty lies 732 days back', (scene) =>
      again(scene, 732),
    ),
  }),
  ruleStory('R23', {
    fires: told(
      '一家名称含"财富管理"的公司，没有金融许可',
      'A company has “wealth management” (财富管理) in its registered name and no financial licence',
      (scene) => registered(scene, 'no'),
    ),
    below: told('同样的公司，持有金融许可', 'The same company, with a financial licence', (scene) =>
      registered(scene, 'yes'),
    ),
  }),
  ruleStory('R24', {
    fires: told(
      '一人在24个月内十次起诉他人归还民间借款',
      'A person sues ten times within 24 months to get private loans back',
      (scene) => suits(scene, 10),
    ),
    below: told('同样的起诉，只有九次', 'The same, but nine times', (scene) => suits(scene, 9)),
  }),
  ruleStory('R25', {
    fires: told(
      '30天内三人举报同一家企业',
      'Three people complain about the same firm within 30 days',
      (scene) => complaints(scene, ['DEMO-C1', 'DEMO-C2', 'DEMO-C3']),
    ),
    below: told('同样三次举报，但只来自两人', 'Three complaints as well, but from two people', (scene) =>
      complaints(scene, ['DEMO-C1', 'DEMO-C2', 'DEMO-C1']),
    ),
  }),
  ruleStory('R28', {
    fires: told(
      '一名居民开户八天后收到1,000,000.00元',
      'A resident opens an account and receives 1,000,000.00 eight days later',
      (scene) => newAccount(scene, '1000000.00'),
    ),
    below: told(
      '一名居民开户八天后收到999,999.99元',
      'A resident opens an account and receives 999,999.99 eight days later',
      (scene) => newAccount(scene, '999999.99'),
    ),
  }),
]
