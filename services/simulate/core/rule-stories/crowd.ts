/** Money from many people: collected, paid back like interest, lent on (R12–R15, R26). Pure. */
import type { Party } from '../transaction.ts'
import { daysLater, ruleStory, told } from './scene.ts'
import type { RuleStory, Scene } from './scene.ts'

function collected(scene: Scene, payers: number): Party {
  const collector = scene.person()
  for (const [number, payer] of scene.people(payers).entries()) {
    scene.pay(daysLater('2026-03-02 10:00', number), payer, collector, '2600.00', { remark: '认购' })
  }
  return collector
}

/** Everybody pays 20,000 in and gets 200 a month, three times. */
function interest(scene: Scene, investors: number): Party {
  const collector = scene.person()
  for (const [number, investor] of scene.people(investors).entries()) {
    const start = daysLater('2026-01-05 10:00', number)
    scene.pay(start, investor, collector, '20000.00', { remark: '认购' })
    for (let month = 1; month <= 3; month += 1) {
      scene.pay(start + month * 30 * 86_400_000, collector, investor, '200.00', { remark: '返息' })
    }
  }
  return collector
}

/** Twelve people pay 20,000 in each; the first five of them get most of their money back within the quarter. */
function oldForNew(scene: Scene, lastBack: string): Party {
  const firm = scene.firm()
  const investors = scene.people(12)
  for (const [number, investor] of investors.entries()) {
    scene.pay(daysLater('2026-03-02 10:00', number * 2), investor, firm, '20000.00', { remark: '认购' })
  }
  for (const [number, investor] of investors.slice(0, 6).entries()) {
    const amount = number < 5 ? '21000.00' : lastBack
    scene.pay(daysLater('2026-04-20 10:00', number * 2), firm, investor, amount, { remark: '兑付' })
  }
  return firm
}

/** Ten people pay a firm; within ten working days the money goes to whoever controls it, the rest to a supplier. */
function toPrivate(scene: Scene, personal: string, rest: string): Party {
  const firm = scene.firm()
  for (const [number, payer] of scene.people(10).entries()) {
    scene.pay(daysLater('2026-03-02 10:00', number / 4), payer, firm, '30000.00', { remark: '认购' })
  }
  scene.pay('2026-03-06 10:00', firm, scene.firm(), rest, { remark: '货款' })
  const controller = scene.person()
  scene.fact('link', '2026-01-05', firm, { relation: 'actual_controller', other_id: controller.id })
  scene.pay('2026-03-09 10:00', firm, controller, personal, { remark: '备用金' })
  return firm
}

/** Ten loans of 200,000, each paid back in one sum after 30 days. */
function loans(scene: Scene, paidBack: string): Party {
  const lender = scene.person()
  for (const [number, borrower] of scene.people(10).entries()) {
    const start = daysLater('2026-01-05 10:00', number * 2)
    scene.pay(start, lender, borrower, '200000.00', { remark: '借款' })
    scene.pay(start + 30 * 86_400_000, borrower, lender, paidBack, { remark: '还款' })
  }
  return lender
}

/** R12 to R15 and R26. */
export const crowdStories: readonly RuleStory[] = [
  ruleStory('R12', {
    fires: told('一个月内30人向同一人汇款', 'Thirty people pay one person within a month', (scene) =>
      collected(scene, 30),
    ),
    below: told('一个月内29人向同一人汇款', 'Twenty-nine people pay one person within a month', (scene) =>
      collected(scene, 29),
    ),
  }),
  ruleStory('R13', {
    fires: told(
      '十人各投入20,000元，此后每30天各得200元，共三次',
      'Ten people pay 20,000 each and then get 200 each every 30 days, three times',
      (scene) => interest(scene, 10),
    ),
    below: told('同样的返款，只有九人', 'The same payouts, but to nine people', (scene) =>
      interest(scene, 9),
    ),
  }),
  ruleStory('R14', {
    fires: told(
      '一家企业三个月内向12人收取240,000元，又将其中120,000元付还先投入的人，没有其他收入',
      'A firm takes 240,000 from twelve people within three months, pays 120,000 back to the first of them, and earns nothing else',
      (scene) => oldForNew(scene, '15000.00'),
    ),
    below: told(
      '同样的企业，只付还119,999.99元',
      'The same firm, but it pays back 119,999.99 only',
      (scene) => oldForNew(scene, '14999.99'),
    ),
  }),
  ruleStory('R15', {
    fires: told(
      '一家企业收取十人300,000元，十个工作日内付出的280,000元中有一半转入其实际控制人的个人账户',
      'A firm takes 300,000 from ten people; of the 280,000 it pays out within ten working days, half goes to the private account of whoever controls it',
      (scene) => toPrivate(scene, '140000.00', '140000.00'),
    ),
    below: told(
      '同样的企业，转入实际控制人账户的不到一半(139,999.99元)',
      'The same firm, but less than half (139,999.99) goes to the private account',
      (scene) => toPrivate(scene, '139999.99', '140000.01'),
    ),
  }),
  ruleStory('R26', {
    fires: told(
      '一人先后借给十人各200,000元，30天后各收回206,000元，相当于年利率36%以上',
      'A person lends 200,000 to each of ten people and gets 206,000 back after 30 days: more than 36 % a year',
      (scene) => loans(scene, '206000.00'),
    ),
    below: told(
      '同样的借款，30天后各收回205,800元，年利率不到36%',
      'The same loans, but 205,800 comes back: less than 36 % a year',
      (scene) => loans(scene, '205800.00'),
    ),
  }),
]
