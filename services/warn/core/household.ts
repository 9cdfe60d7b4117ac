/** What the subjects of one partition share: memory for their flows, names as numbers, currencies, origins. Pure. */
import { Memory } from './memory.ts'
import { Names } from './names.ts'
import { Origins } from './origins.ts'

/** Number of the currency that needs no rate. */
export const cny = 0
const currenciesMax = 0xffff

/** One for each fold. */
export class Household {
  readonly memory = new Memory()
  names = new Names()
  origins = new Origins()
  /** Number of the empty name. */
  noName = this.names.numberOf('')
  /** Texts of the currencies by number. */
  readonly currencies: string[] = []
  private readonly numbers = new Map<string, number>()
  /** By name, so that the text is made once. */
  private byName = new Map<number, number>()

  constructor() {
    this.currency('CNY')
  }

  /** Number of a currency: 0 is CNY. @throws RangeError when there are more than can be */
  currency(text: string): number {
    let number = this.numbers.get(text)
    if (number === undefined) {
      number = this.currencies.length
      if (number > currenciesMax)
        throw new RangeError(`more than ${currenciesMax} currencies: the flows are damaged`)
      this.currencies.push(text)
      this.numbers.set(text, number)
    }
    return number
  }

  /** Number of a currency whose text is a name. */
  currencyNamed(name: number): number {
    let number = this.byName.get(name)
    if (number === undefined) {
      number = this.currency(this.names.text(name))
      this.byName.set(name, number)
    }
    return number
  }

  /** All names are new, and with them the origins. */
  renamed(names: Names): void {
    this.names = names
    this.noName = names.numberOf('')
    this.origins = new Origins()
    this.byName = new Map()
  }
}
