/** Amounts chosen with care: just below a line, round, the same again and again (R06, R16, R17). Pure. */
import type { Party } from '../transaction.ts'
import { daysLater, ruleStory, told } from './scene.ts'
import type { RuleStory, Scene } from './scene.ts'

function deposits(scene: Scene, count: number): Party {
  const person = scene.person()
  for (let number = 0; number < count; number += 1) {
    scene.pay(`2026-03-02 1${number}:00`, scene.bank(), person, '49000.00', {
      channel: 'cash',
      remark: '现金存入',
    })
  }
  return person
}

/** Ten receipts on ten days, the first `round` of them whole tens of thousands. */
function roundReceipts(scene: Scene, round: number): Party {
  const person = scene.person()
  for (let number = 0; number < 10; number += 1) {
    const amount = number < round ? `${1 + (number % 3)}0000.00` : `${12_345 + number * 1_017}.67`
    scene.pay(daysLater('2026-03-02 10:00', number), scene.person(), person, amount, { remark: '投资款' })
  }
  return person
}

function sameAgain(scene: Scene, count: number): Party {
  const payer = scene.person()
  const payee = scene.person()
  const amounts = ['9800.00', '9600.00', '9900.00'].slice(0, count)
  for (const [day, amount] of amounts.entries()) {
    scene.pay(daysLater('2026-03-02 10:00', day), payer, payee, amount, { remark: '转账' })
  }
  return payer
}

/** R06, R16, R17. */
export const avoidanceStories: readonly RuleStory[] = [
  ruleStory('R06', {
    fires: told(
      '一名居民一天内三次存入现金，每次49,000元，都略低于50,000元的报告标准',
      'A resident deposits 49,000 in cash three times on one day, each just below the 50,000 that banks report',
      (scene) => deposits(scene, 3),
    ),
    below: told('同样的存款，只有两次', 'The same deposits, but only two', (scene) => deposits(scene, 2)),
  }),
  ruleStory('R16', {
    fires: told(
      '一名居民一个月内收款10笔，其中7笔是整万元',
      'Of ten receipts of a resident in one month, seven are whole tens of thousands',
      (scene) => roundReceipts(scene, 7),
    ),
    below: told(
      '同样收款10笔，其中6笔是整万元',
      'The same ten receipts, but only six are whole tens of thousands',
      (scene) => roundReceipts(scene, 6),
    ),
  }),
  ruleStory('R17', {
    fires: told(
      '一名居民五个工作日内三次向同一人转账，金额相近(9,600至9,900元)',
      'A resident pays the same person three times within five working days, 9,600 to 9,900 each time',
      (scene) => sameAgain(scene, 3),
    ),
    below: told('同样的转账，只有两次', 'The same payments, but only two', (scene) => sameAgain(scene, 2)),
  }),
]
