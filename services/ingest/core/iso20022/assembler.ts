import { FileRefusedError } from '../reasons.ts'
import type { RecordRefusal } from '../reasons.ts'
import type { TransactionFields } from '../../../../schemas/transaction-csv.ts'
import { transferFields } from './credit-transfer.ts'
import { sizeOf, textAt } from './element.ts'
import type { Element } from './element.ts'
import { otherType, readableType, typeNamed } from './message.ts'
import type { MessageType } from './message.ts'
import { detailFields, entryWithoutDetails } from './statement.ts'

/** Bounds that no honest message reaches. */
export interface AssemblerLimits {
  readonly depth: number
  /** Elements held at a time: one record with what surrounds it. */
  readonly elements: number
  readonly textCharacters: number
}

/** One transaction of a message: its fields, or why it is none; and its element for the dead letter. */
export interface AssembledRecord {
  readonly element: Element
  readonly content: TransactionFields | RecordRefusal
}

/** Parts that carry no payment and may be long. */
const dropped = new Set(['Bal', 'TxsSummry', 'SplmtryData', 'Intrst', 'Chrgs', 'Avlbty', 'CardTx', 'Sgntr'])

/** What is known of the entry being read. */
interface OpenEntry {
  readonly ordinal: number
  details: number
  /** The first detail waits until it is known whether it is the only one. */
  first: Element | undefined
}

/**
 * Builds records from the tags of an ISO 20022 file, one at a time: an element is forgotten as soon as its record is made.
 *
 * Modes: before `Document` (`#type` and `#message` undefined, business header passing by), inside a message (`#message` is the
 * element under `Document`), inside an entry (`#entry`). `#held` counts the elements in memory.
 *
 * @throws FileRefusedError from every method, for what refuses the whole file
 */
export class Iso20022Assembler {
  readonly #limits: AssemblerLimits
  readonly #emit: (record: AssembledRecord) => void
  readonly #open: Element[] = []
  #held = 0
  /** Type announced by the business header of the current message. */
  #announced: string | undefined
  #namespace = ''
  #type: MessageType | undefined
  #message: Element | undefined
  #transfers = 0
  #entries = 0
  #entry: OpenEntry | undefined
  readonly #types = new Set<string>()
  readonly #miscounts: string[] = []

  constructor(limits: AssemblerLimits, emit: (record: AssembledRecord) => void) {
    this.#limits = limits
    this.#emit = emit
  }

  /** Types of the messages met so far. */
  get types(): ReadonlySet<string> {
    return this.#types
  }

  /** Messages that announce another number of transfers than they hold, as `announced / found`. */
  get miscounts(): readonly string[] {
    return this.#miscounts
  }

  /** A start tag. `name` may have a prefix. */
  open(qualifiedName: string, attributes: Readonly<Record<string, string>>, line: number): void {
    const name = qualifiedName.slice(qualifiedName.indexOf(':') + 1)
    if (this.#open.length >= this.#limits.depth)
      throw new FileRefusedError('too_deep', `${this.#limits.depth} levels`)
    const parent = this.#open.at(-1)
    const element: Element = { name, attributes, text: '', children: [], line }
    this.#held += 1
    if (this.#held > this.#limits.elements)
      throw new FileRefusedError('too_complex', `${this.#limits.elements} elements`)
    parent?.children.push(element)
    this.#open.push(element)
    if (name === 'Document' && this.#message === undefined)
      this.#namespace = namespaceOf(qualifiedName, attributes)
    else if (parent?.name === 'Document' && this.#message === undefined) this.#startMessage(element)
    else if (name === 'Ntry' && this.#isStatement()) this.#startEntry()
    else if (parent === this.#message) this.#entries = 0
  }

  /** Character data inside the element opened last. */
  text(characters: string): void {
    const element = this.#open.at(-1)
    if (element === undefined) return
    if (element.text.length + characters.length > this.#limits.textCharacters) {
      throw new FileRefusedError('text_too_long', `${this.#limits.textCharacters} characters`)
    }
    element.text += characters
  }

  /** The end tag of the element opened last. */
  close(): void {
    const element = this.#open.pop()
    if (element === undefined) return
    if (element.name === 'MsgDefIdr' && this.#message === undefined) this.#announced = element.text.trim()
    if (element === this.#message) this.#endMessage()
    else if (dropped.has(element.name)) this.#forget(element)
    else if (this.#isStatement()) this.#closeInStatement(element)
    else if (this.#type !== undefined) this.#closeInTransfers(element)
  }

  /** The end of the file. */
  end(): void {
    if (this.#types.size === 0) throw new FileRefusedError('unknown_message', 'no Document with a message')
  }

  #isStatement(): boolean {
    return this.#type?.startsWith('camt.') ?? false
  }

  #startMessage(element: Element): void {
    const type = readableType(element.name)
    if (type === undefined) {
      const other = otherType(element.name, this.#namespace)
      if (other === undefined) throw new FileRefusedError('unknown_message', element.name.slice(0, 64))
      throw new FileRefusedError('unsupported_message', other)
    }
    for (const named of [this.#announced, typeNamed(this.#namespace)]) {
      if (named !== undefined && (typeNamed(named) ?? 'other') !== type) {
        throw new FileRefusedError('header_mismatch', `${typeNamed(named) ?? 'no known type'} / ${type}`)
      }
    }
    this.#type = type
    this.#types.add(type)
    this.#message = element
    this.#transfers = 0
    this.#entries = 0
  }

  #endMessage(): void {
    const announced = textAt(this.#message, 'GrpHdr/NbOfTxs')
    if (!this.#isStatement() && announced !== '' && Number(announced) !== this.#transfers) {
      this.#miscounts.push(`${announced.slice(0, 15)} / ${this.#transfers}`)
    }
    const document = this.#open.at(-1)
    if (document !== undefined) for (const child of document.children.splice(0)) this.#held -= sizeOf(child)
    this.#type = undefined
    this.#message = undefined
    this.#announced = undefined
    this.#namespace = ''
  }

  #startEntry(): void {
    this.#entries += 1
    this.#entry = { ordinal: this.#entries, details: 0, first: undefined }
  }

  /** Takes a closed element out of its parent. */
  #forget(element: Element): void {
    const siblings = this.#open.at(-1)?.children
    if (siblings?.at(-1) === element) siblings.pop()
    this.#held -= sizeOf(element)
  }

  #closeInTransfers(element: Element): void {
    if (element.name === 'PmtInf') this.#forget(element)
    if (element.name !== 'CdtTrfTxInf' || this.#message === undefined || this.#type === undefined) return
    this.#forget(element)
    this.#transfers += 1
    const parent = this.#open.at(-1)
    const payment = parent?.name === 'PmtInf' ? parent : undefined
    const context = { type: this.#type, message: this.#message, payment, ordinal: this.#transfers }
    this.#emit({ element, content: transferFields(element, context) })
  }

  #closeInStatement(element: Element): void {
    const entry = this.#entry
    if (entry === undefined) {
      if (this.#open.at(-1) === this.#message && element.name !== 'GrpHdr') this.#forget(element)
      return
    }
    if (element.name === 'TxDtls') {
      this.#forget(element)
      entry.details += 1
      if (entry.details === 1) entry.first = element
      else {
        this.#emitFirst(entry, false)
        this.#emitDetail(element, entry, entry.details, false)
      }
    } else if (element.name === 'Ntry') {
      this.#endEntry(element, entry)
    }
  }

  #endEntry(element: Element, entry: OpenEntry): void {
    this.#open.push(element)
    this.#emitFirst(entry, true)
    this.#open.pop()
    if (entry.details === 0) this.#emit({ element, content: entryWithoutDetails(element) })
    this.#entry = undefined
    this.#forget(element)
  }

  #emitFirst(entry: OpenEntry, isOnlyDetail: boolean): void {
    const { first } = entry
    entry.first = undefined
    if (first !== undefined) this.#emitDetail(first, entry, 1, isOnlyDetail)
  }

  #emitDetail(detail: Element, entry: OpenEntry, detailOrdinal: number, isOnlyDetail: boolean): void {
    const at = this.#open.findLastIndex((open) => open.name === 'Ntry')
    const [statement, entryElement] = [this.#open[at - 1], this.#open[at]]
    if (this.#message === undefined || statement === undefined || entryElement === undefined) return
    const surroundings = { message: this.#message, statement, entry: entryElement }
    const context = { ...surroundings, entryOrdinal: entry.ordinal, detailOrdinal, isOnlyDetail }
    this.#emit({ element: detail, content: detailFields(detail, context) })
  }
}

/** The namespace of an element by its own declarations. */
function namespaceOf(qualifiedName: string, attributes: Readonly<Record<string, string>>): string {
  const colon = qualifiedName.indexOf(':')
  return attributes[colon < 0 ? 'xmlns' : `xmlns:${qualifiedName.slice(0, colon)}`] ?? ''
}
