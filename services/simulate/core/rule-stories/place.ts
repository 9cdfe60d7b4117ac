/** Where and when: at night, with countries at risk, many hands to one place abroad (R27, R29, R30). Pure. */
import type { Party } from '../transaction.ts'
import { daysLater, ruleStory, told } from './scene.ts'
import type { RuleStory, Scene } from './scene.ts'

/** Ten payments within a week, the first `atNight` of them at half past one. */
function nights(scene: Scene, atNight: number): Party {
  const person = scene.person()
  for (let number = 0; number < 10; number += 1) {
    const hour = number < atNight ? '01:30' : '14:30'
    const day = 2 + Math.floor(number / 2)
    scene.pay(
      `2026-03-0${day} ${number % 2 === 0 ? hour : hour.replace(':30', ':50')}`,
      person,
      scene.person(),
      `${3_000 + number * 370}.00`,
      { remark: '转账' },
    )
  }
  return person
}

function withCountry(scene: Scene, count: number): Party {
  const firm = scene.firm()
  for (let number = 0; number < count; number += 1) {
    scene.pay(daysLater('2026-03-02 10:00', number * 10), firm, scene.abroad('IR'), '30000.00', {
      country: 'IR',
      remark: '货款',
    })
  }
  return firm
}

/** People who each send the same account abroad what one person may buy, within three days. */
function handsAbroad(scene: Scene, people: number): Party {
  const payee = scene.abroad('HK')
  for (const [number, person] of scene.people(people).entries()) {
    scene.pay(daysLater('2026-03-02 10:00', number / 2), person, payee, '9500.00', {
      currency: 'USD',
      country: 'HK',
      remark: '留学费用',
    })
  }
  return payee
}

/** R27, R29, R30. */
export const placeStories: readonly RuleStory[] = [
  ruleStory('R27', {
    fires: told(
      '一名居民一周内付款10笔，其中3笔在深夜',
      'Of ten payments of a resident within a week, three are made in the night',
      (scene) => nights(scene, 3),
    ),
    below: told('同样付款10笔，其中2笔在深夜', 'The same ten payments, but only two in the night', (scene) =>
      nights(scene, 2),
    ),
  }),
  ruleStory('R29', {
    fires: told(
      '一家企业一个月内两次汇往高风险国家',
      'A firm pays twice within a month to a country of high risk',
      (scene) => withCountry(scene, 2),
    ),
    below: told('同样的企业，只汇了一次', 'The same firm, but it pays once', (scene) =>
      withCountry(scene, 1),
    ),
  }),
  ruleStory('R30', {
    fires: told(
      '三天内五人各向同一境外账户汇出9,500美元',
      'Five people each send USD 9,500 to the same account abroad within three days',
      (scene) => handsAbroad(scene, 5),
    ),
    below: told('同样的汇款，只有四人', 'The same payments, but from four people', (scene) =>
      handsAbroad(scene, 4),
    ),
  }),
]
