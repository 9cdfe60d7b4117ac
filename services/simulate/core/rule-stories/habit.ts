/** Accounts that do what they never did: after a long sleep, far above their habit (R10, R11). Pure. */
import type { Party } from '../transaction.ts'
import { daysLater, ruleStory, told } from './scene.ts'
import type { RuleStory, Scene } from './scene.ts'

/** One small payment, a year or more of silence, then three large deposits of cash within days. */
function awakened(scene: Scene, last: string): Party {
  const owner = scene.person()
  scene.pay('2025-02-20 10:00', owner, scene.person(), '120.00', { remark: '转账' })
  for (const [day, amount] of ['700000.00', '700000.00', last].entries()) {
    const cash = { channel: 'cash', remark: '现金存入' } as const
    scene.pay(daysLater('2026-03-02 10:00', day * 3), scene.bank(), owner, amount, cash)
  }
  return owner
}

/** Small receipts for half a year, then one large sum. */
function above(scene: Scene, amount: string): Party {
  const trader = scene.person()
  const customers = scene.people(4)
  for (let number = 0; number < 36; number += 1) {
    const customer = customers[number % customers.length] ?? scene.person()
    scene.pay(daysLater('2025-08-01 10:00', number * 5), customer, trader, `${400 + 10 * (number % 5)}.00`, {
      remark: '货款',
    })
  }
  scene.pay('2026-02-10 10:00', scene.firm(), trader, amount, { remark: '往来款' })
  return trader
}

/** R10, R11. */
export const habitStories: readonly RuleStory[] = [
  ruleStory('R10', {
    fires: told(
      '一个账户一年多没有交易，随后几天内存入现金2,000,000.00元',
      'An account sleeps for more than a year, then 2,000,000.00 is paid in as cash within days',
      (scene) => awakened(scene, '600000.00'),
    ),
    below: told('同样的账户，存入1,999,999.99元', 'The same account, but 1,999,999.99 is paid in', (scene) =>
      awakened(scene, '599999.99'),
    ),
  }),
  ruleStory('R11', {
    fires: told(
      '一名居民半年来每次只收四百多元，突然收到300,000元',
      'A resident who received some 400 at a time for half a year suddenly receives 300,000',
      (scene) => above(scene, '300000.00'),
    ),
    below: told(
      '同样的居民，最后一个月合计不到200,000元',
      'The same resident, with less than 200,000 in the last month',
      (scene) => above(scene, '190000.00'),
    ),
  }),
]
