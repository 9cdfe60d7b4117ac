/** The shape of what passes through an account: gathered, scattered, passed on, in a circle, in layers (R07–R09, R18–R20). Pure. */
import type { Party } from '../transaction.ts'
import { daysLater, ruleStory, told } from './scene.ts'
import type { RuleStory, Scene } from './scene.ts'

function gathered(scene: Scene, payers: number): Party {
  const person = scene.person()
  const amount = (180_000 / payers).toFixed(2)
  for (const [day, payer] of scene.people(payers).entries()) {
    scene.pay(daysLater('2026-03-02 10:00', day / 2), payer, person, amount, { remark: '转账' })
  }
  scene.pay('2026-03-05 15:00', person, scene.person(), '150000.00', { remark: '转账' })
  return person
}

function scattered(scene: Scene, payees: number): Party {
  const person = scene.person()
  scene.pay('2026-03-02 10:00', scene.person(), person, '180000.00', { remark: '转账' })
  const amount = (150_000 / payees).toFixed(2)
  for (const [day, payee] of scene.people(payees).entries()) {
    scene.pay(daysLater('2026-03-04 10:00', day / 2), person, payee, amount, { remark: '转账' })
  }
  return person
}

function passedOn(scene: Scene, amount: string): Party {
  const person = scene.person()
  scene.pay('2026-03-02 10:00', scene.person(), person, '50000.00', { remark: '转账' })
  scene.pay('2026-03-03 09:30', person, scene.person(), amount, { remark: '转账' })
  return person
}

/** The first, the second and the third pay each other in turn, over several days. */
function circle(scene: Scene, last: string): Party {
  const [first, second, third] = [scene.firm(), scene.firm(), scene.firm()]
  scene.pay('2026-03-02 10:00', first, second, '120000.00', { remark: '货款' })
  scene.pay('2026-03-04 10:00', second, third, '110000.00', { remark: '货款' })
  scene.pay('2026-03-06 10:00', third, first, last, { remark: '货款' })
  return first
}

/** From the first to the fourth within a day, or later. */
function layers(scene: Scene, lastAt: string): Party {
  const [first, second, third, fourth] = [scene.person(), scene.person(), scene.person(), scene.person()]
  scene.pay('2026-03-02 10:00', first, second, '120000.00', { remark: '转账' })
  scene.pay('2026-03-02 16:00', second, third, '110000.00', { remark: '转账' })
  scene.pay(lastAt, third, fourth, '100000.00', { remark: '转账' })
  return third
}

function testedCard(scene: Scene, at: string): Party {
  const holder = scene.person()
  scene.pay('2026-03-02 10:00', scene.person(), holder, '5.00', { remark: '测试' })
  scene.pay(at, scene.person(), holder, '20000.00', { remark: '转账' })
  return holder
}

/** R07 to R09 and R18 to R20. */
export const shapeStories: readonly RuleStory[] = [
  ruleStory('R07', {
    fires: told(
      '三人在数日内汇给同一人共180,000元，其中150,000元随后转给一人',
      'Three people pay 180,000 to one person within days, who then pays 150,000 of it to one other',
      (scene) => gathered(scene, 3),
    ),
    below: told('同样的金额，但只有两人汇入', 'The same sums, but from two people only', (scene) =>
      gathered(scene, 2),
    ),
  }),
  ruleStory('R08', {
    fires: told(
      '一人收到180,000元后，数日内将其中150,000元分给三人',
      'A person receives 180,000 and hands 150,000 of it on to three others within days',
      (scene) => scattered(scene, 3),
    ),
    below: told('同样的金额，但只分给两人', 'The same sums, but handed on to two only', (scene) =>
      scattered(scene, 2),
    ),
  }),
  ruleStory('R09', {
    fires: told(
      '一名居民收到50,000元，24小时内转出40,000元',
      'A resident receives 50,000 and passes 40,000 on within 24 hours',
      (scene) => passedOn(scene, '40000.00'),
    ),
    below: told(
      '一名居民收到50,000元，24小时内转出39,999.99元',
      'A resident receives 50,000 and passes 39,999.99 on within 24 hours',
      (scene) => passedOn(scene, '39999.99'),
    ),
  }),
  ruleStory('R18', {
    fires: told(
      '甲付给乙120,000元，乙付给丙110,000元，丙四天后付回甲96,000元',
      'A firm pays 120,000; by way of two others, 96,000 of it is back with the first firm four days later',
      (scene) => circle(scene, '96000.00'),
    ),
    below: told('同样的一圈，但只回来50,000元', 'The same circle, but only 50,000 comes back', (scene) =>
      circle(scene, '50000.00'),
    ),
  }),
  ruleStory('R19', {
    fires: told(
      '120,000元在24小时内经过三次转手，每次转出八成以上',
      'Within 24 hours 120,000 is passed on three times, more than four fifths of it each time',
      (scene) => layers(scene, '2026-03-03 09:00'),
    ),
    below: told(
      '同样的转手，但第三次在24小时之后',
      'The same, but the third time after more than 24 hours',
      (scene) => layers(scene, '2026-03-03 17:00'),
    ),
  }),
  ruleStory('R20', {
    fires: told(
      '一名居民先收到5元测试款，60分钟内又收到20,000元',
      'A resident receives a test payment of 5, and 20,000 within the hour',
      (scene) => testedCard(scene, '2026-03-02 10:45'),
    ),
    below: told('同样两笔，但相隔61分钟', 'The same two payments, 61 minutes apart', (scene) =>
      testedCard(scene, '2026-03-02 11:01'),
    ),
  }),
]
