/**
 * Invented people, firms and accounts. None can exist: names begin with 测试, 演示 or Demo, accounts have a prefix that
 * nobody issues and fail the Luhn check, identity numbers name a region and a birthday that do not exist and carry a
 * wrong check digit. Pure.
 */
import type { Party } from './transaction.ts'
import type { SubjectKind } from '../../../schemas/types.ts'

/** Issuer prefix of every simulated account: 999 is no country and no issuer. */
export const accountPrefix = '999000'
/** First digits of every simulated person's identity number: no province has code 99. */
export const personIdPrefix = '99'
/** First characters of every simulated organisation's credit code: the letter Z is not in the code's alphabet. */
export const organisationIdPrefix = 'ZZ'

const firstSyllables =
  '安 柏 川 丹 恩 方 观 海 嘉 开 岚 明 宁 鹏 启 然 若 山 棠 文 曦 严 一 云 泽 知 舟 子 景 和'.split(' ')
const secondSyllables =
  '白 晨 德 飞 光 涵 佳 凯 澜 木 南 平 青 瑞 声 天 伟 希 晓 新 雅 言 阳 永 宇 远 哲 真 志 卓'.split(' ')
const firmWords = (
  '云杉 海棠 银杏 白桦 青禾 蓝鲸 山雀 松果 晨露 星河 麦田 石榴 ' +
  '木兰 沙鸥 竹影 雪松 橄榄 芦苇 枫叶 紫藤 丹桂 海燕 流萤 溪谷 霁月'
).split(' ')
const trades = (
  '模具 塑胶 机电 缝纫设备 水泵 阀门 卫浴 制冷配件 汽车零部件 眼镜 ' +
  '食品 服饰 包装 电子 建材 五金 物流 水产 工艺品 印刷'
).split(' ')

/** Digit that makes a number fail the Luhn check. */
function wrongLuhnDigit(digits: string): string {
  let sum = 0
  for (let index = 0; index < digits.length; index += 1) {
    const digit = digits.charCodeAt(digits.length - 1 - index) - 48
    const doubled = index % 2 === 0 ? digit * 2 : digit
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return String((10 - (sum % 10) + 1) % 10)
}

const idWeights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]

/** Last character that makes an 18-character identity number fail ISO 7064 MOD 11-2. */
function wrongIdDigit(digits: string): string {
  let sum = 0
  for (let index = 0; index < 17; index += 1) sum += (digits.charCodeAt(index) - 48) * (idWeights[index] ?? 0)
  return String((((12 - (sum % 11)) % 11) + 1) % 10)
}

function account(series: number, number: number): string {
  const digits = `${accountPrefix}${String(series).padStart(2, '0')}${String(number).padStart(10, '0')}`
  return digits + wrongLuhnDigit(digits)
}

/** Month 13 and day 32 to 99: a birthday that no calendar has. */
function personId(number: number): string {
  const year = 1930 + (Math.floor(number / 68_000) % 70)
  const day = 32 + (number % 68)
  const digits = `${personIdPrefix}1004${year}13${day}${String(Math.floor(number / 68) % 1000).padStart(3, '0')}`
  return digits + wrongIdDigit(digits)
}

function organisationId(number: number): string {
  return `${organisationIdPrefix}990000${String(number).padStart(9, '0')}Z`
}

function personName(number: number): string {
  const size = firstSyllables.length * secondSyllables.length
  // 7 shares no factor with the number of names, so that neighbours do not sound alike.
  const position = (number * 7) % size
  const first = firstSyllables[position % firstSyllables.length] ?? ''
  const second = secondSyllables[Math.floor(position / firstSyllables.length)] ?? ''
  const round = Math.floor(number / size)
  return `测试${first}${second}${round === 0 ? '' : round + 1}`
}

/** `演示云杉模具`; numbered when the words are used up. */
export function firmName(number: number): string {
  const size = firmWords.length * trades.length
  const position = (number * 7) % size
  const word = firmWords[position % firmWords.length] ?? ''
  const trade = trades[Math.floor(position / firmWords.length)] ?? ''
  const round = Math.floor(number / size)
  return `演示${word}${trade}${round === 0 ? '' : round + 1}`
}

function organisation(
  series: number,
  number: number,
  name: string,
  kind: SubjectKind,
): Omit<Party, 'region'> {
  return { account: account(series, number), id: organisationId(series * 10_000_000 + number), name, kind }
}

/** Hands out invented parties, never the same twice. Names default to the next invented one. */
export interface Cast {
  person(region: string): Party
  /** @param name without the leading 演示; default a word, a trade and 有限公司 */
  enterprise(region: string, name?: string): Party
  /** @param name without the leading 演示 */
  institution(region: string, name: string): Party
  /** A party abroad: no id, no region. */
  foreign(country: string): Party
}

/** A new cast; the n-th call of each kind gives the same party in every run. */
export function createCast(): Cast {
  const counts = { person: 0, enterprise: 0, institution: 0, foreign: 0 }
  return {
    person(region) {
      const number = counts.person++
      return {
        account: account(1, number),
        id: personId(number),
        name: personName(number),
        kind: 'person',
        region,
      }
    },
    enterprise(region, name) {
      const number = counts.enterprise++
      const text = name === undefined ? `${firmName(number)}有限公司` : `演示${name}`
      return { ...organisation(2, number, text, 'enterprise'), region }
    },
    institution(region, name) {
      return { ...organisation(3, counts.institution++, `演示${name}`, 'institution'), region }
    },
    foreign(country) {
      const number = counts.foreign++
      const name = `Demo Trading ${number + 1} (${country})`
      return {
        account: `DEMO-${country}-${String(number).padStart(6, '0')}`,
        id: '',
        name,
        kind: 'enterprise',
        region: '',
      }
    },
  }
}
