/** Facts by kind: the word people use, and the branch of the Avro union that carries it. */
import type {
  AccountClosed,
  AccountOpened,
  Complaint,
  Fact,
  Lawsuit,
  Link,
  ListEntry,
  Penalty,
  Registration,
} from './types.ts'

/** What each kind of fact says. */
export interface FactContents {
  readonly account_opened: AccountOpened
  readonly account_closed: AccountClosed
  readonly registration: Registration
  readonly lawsuit: Lawsuit
  readonly complaint: Complaint
  readonly penalty: Penalty
  readonly list_entry: ListEntry
  readonly link: Link
}

/** A kind of fact, as commands, files and rules call it. */
export type FactKind = keyof FactContents

const branches = {
  account_opened: 'weir.v1.AccountOpened',
  account_closed: 'weir.v1.AccountClosed',
  registration: 'weir.v1.Registration',
  lawsuit: 'weir.v1.Lawsuit',
  complaint: 'weir.v1.Complaint',
  penalty: 'weir.v1.Penalty',
  list_entry: 'weir.v1.ListEntry',
  link: 'weir.v1.Link',
} as const satisfies Readonly<Record<FactKind, string>>

/** Every kind, in the order of the schema. */
export const factKinds = Object.keys(branches) as readonly FactKind[]

const byBranch: ReadonlyMap<string, FactKind> = new Map(factKinds.map((kind) => [branches[kind], kind]))

/** One kind with what it says. */
export type FactContent = {
  [Kind in FactKind]: { readonly kind: Kind; readonly content: FactContents[Kind] }
}[FactKind]

/** Whether a word is a kind of fact. */
export function isFactKind(text: string): text is FactKind {
  return Object.hasOwn(branches, text)
}

/** Kind and content of a fact. @throws RangeError when the body is no branch of the schema: the codec lets none through */
export function contentOf({ body }: Pick<Fact, 'body'>): FactContent {
  const [entry] = Object.entries<FactContents[FactKind]>(body)
  const [branch = '', content] = entry ?? []
  const kind = byBranch.get(branch)
  if (kind === undefined) throw new RangeError(`a fact has the body ${branch}, which is none of the schema`)
  return { kind, content } as FactContent
}

/** The body that says `content`. */
export function bodyOf({ kind, content }: FactContent): Fact['body'] {
  return { [branches[kind]]: content } as unknown as Fact['body']
}
