/** Large sums: one payment, one day, in cash, across the border (R01–R05). Pure. */
import type { Party } from '../transaction.ts'
import { ruleStory, told } from './scene.ts'
import type { RuleStory, Scene } from './scene.ts'

function salePrice(scene: Scene, amount: string): Party {
  const seller = scene.person()
  scene.pay('2026-03-02 10:00', scene.firm(), seller, amount, { remark: '货款' })
  return seller
}

function bigDay(scene: Scene, second: string): Party {
  const payer = scene.person()
  scene.pay('2026-03-02 10:00', payer, scene.person(), '300000.00', { remark: '借款' })
  scene.pay('2026-03-02 15:00', payer, scene.person(), second, { remark: '借款' })
  return payer
}

function firmDay(scene: Scene, second: string): Party {
  const firm = scene.firm()
  scene.pay('2026-03-02 10:00', firm, scene.firm(), '1200000.00', { remark: '货款' })
  scene.pay('2026-03-02 15:00', firm, scene.firm(), second, { remark: '货款' })
  return firm
}

function cashDay(scene: Scene, second: string): Party {
  const person = scene.person()
  scene.pay('2026-03-02 10:00', scene.bank(), person, '30000.00', { channel: 'cash', remark: '现金存入' })
  scene.pay('2026-03-02 15:00', scene.bank(), person, second, { channel: 'cash', remark: '现金存入' })
  return person
}

function abroadDay(scene: Scene, second: string): Party {
  const person = scene.person()
  const abroad = { country: 'US', remark: '留学费用' }
  scene.pay('2026-03-02 10:00', person, scene.abroad('US'), '150000.00', abroad)
  scene.pay('2026-03-02 15:00', person, scene.abroad('US'), second, abroad)
  return person
}

/** R01 to R05. */
export const sizeStories: readonly RuleStory[] = [
  ruleStory('R01', {
    fires: told(
      '一名居民一笔收到1,000,000.00元',
      'A resident receives 1,000,000.00 in one payment',
      (scene) => salePrice(scene, '1000000.00'),
    ),
    below: told('一名居民一笔收到999,999.99元', 'A resident receives 999,999.99 in one payment', (scene) =>
      salePrice(scene, '999999.99'),
    ),
  }),
  ruleStory('R02', {
    fires: told(
      '一名居民一天内转出两笔，合计500,000.00元',
      'A resident pays out 500,000.00 in two transfers on one day',
      (scene) => bigDay(scene, '200000.00'),
    ),
    below: told(
      '一名居民一天内转出两笔，合计499,999.99元',
      'A resident pays out 499,999.99 in two transfers on one day',
      (scene) => bigDay(scene, '199999.99'),
    ),
  }),
  ruleStory('R03', {
    fires: told(
      '一家企业一天内转出两笔，合计2,000,000.00元',
      'A firm pays out 2,000,000.00 in two transfers on one day',
      (scene) => firmDay(scene, '800000.00'),
    ),
    below: told(
      '一家企业一天内转出两笔，合计1,999,999.99元',
      'A firm pays out 1,999,999.99 in two transfers on one day',
      (scene) => firmDay(scene, '799999.99'),
    ),
  }),
  ruleStory('R04', {
    fires: told(
      '一名居民一天内两次存入现金，合计50,000.00元',
      'A resident deposits 50,000.00 in cash, in two parts on one day',
      (scene) => cashDay(scene, '20000.00'),
    ),
    below: told(
      '一名居民一天内两次存入现金，合计49,999.99元',
      'A resident deposits 49,999.99 in cash, in two parts on one day',
      (scene) => cashDay(scene, '19999.99'),
    ),
  }),
  ruleStory('R05', {
    fires: told(
      '一名居民一天内两次汇往国外，合计200,000.00元',
      'A resident sends 200,000.00 abroad in two payments on one day',
      (scene) => abroadDay(scene, '50000.00'),
    ),
    below: told(
      '一名居民一天内两次汇往国外，合计199,999.99元',
      'A resident sends 199,999.99 abroad in two payments on one day',
      (scene) => abroadDay(scene, '49999.99'),
    ),
  }),
]
