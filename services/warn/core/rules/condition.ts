/**
 * Free conditions on a flow, written in CEL (`where: {cel: "amount_fen >= 500000 && hour < 6"}`), for departments' own rules. Pure.
 *
 * What may be written is bounded: no loops (macros), no calls but a few on texts, literal patterns only, limits on length, nodes, depth
 * and lists. So an evaluation takes no more steps than the expression has nodes, times the longest list.
 */
import { Environment } from '@marcbachmann/cel-js'
import type { ASTNode } from '@marcbachmann/cel-js'
import { dayOf, startOfDay, weekdayOf } from '../../../platform/calendar/day.ts'
import { factsOf } from '../flow.ts'
import type { RateTable } from '../rates.ts'
import type { Subject } from '../subject.ts'
import { channels, kinds } from '../wire/transaction.ts'
import { fenAt } from './money.ts'

/** Most characters of an expression. */
const textMax = 1_000
/** Of a text that a source may fill as it likes, no more is looked at: patterns take time. */
const matchedMax = 64
const limits = { maxAstNodes: 200, maxDepth: 20, maxListElements: 100, maxMapEntries: 0, maxCallArguments: 2 }

/** What a flow says: name, type, and where there are few, the texts it can be. */
const variables = {
  /** CNY, a foreign amount converted by the set's table; fen. */
  amount_fen: { type: 'int' },
  currency: { type: 'string' },
  direction: { type: 'string', texts: ['in', 'out'] },
  kind: { type: 'string', texts: kinds },
  counterparty_kind: { type: 'string', texts: kinds },
  counterparty_region: { type: 'string' },
  channel: { type: 'string', texts: channels },
  /** ISO 3166 of the far side; empty when domestic. */
  country: { type: 'string' },
  domestic: { type: 'bool' },
  own: { type: 'bool' },
  /** Hour of the day in Shanghai, 0 to 23; day of the week, 1 = Monday to 7 = Sunday. */
  hour: { type: 'int' },
  weekday: { type: 'int' },
} as const satisfies Readonly<Record<string, { readonly type: string; readonly texts?: readonly string[] }>>

type Variable = keyof typeof variables

const environment = new Environment({ limits })
for (const [name, { type }] of Object.entries(variables)) environment.registerVariable(name, type)

/** Operators that may be used, and functions. */
const operators = new Set('value id list == != < <= > >= in && || !_ -_ + - * / % ?:'.split(' '))
const methods = new Set(['startsWith', 'endsWith', 'contains', 'matches', 'size'])
const functions = new Set(['size', 'int', 'double', 'string'])

/** Something wrong with an expression: at which character, counted from 1, and what. */
export interface ConditionProblem {
  readonly at: number
  readonly message: string
}

/** Everything wrong with an expression; empty when it can be used. */
export function conditionProblems(text: string): readonly ConditionProblem[] {
  if (text.length > textMax) return [{ at: textMax + 1, message: `is longer than ${textMax} characters` }]
  try {
    const parsed = environment.parse(text)
    const checked = parsed.check()
    if (!checked.valid) return [problemOf(checked.error)]
    const found = walk(parsed.ast).flatMap(nodeProblems)
    if (String(checked.type) !== 'bool') {
      found.push({ at: 1, message: `says ${String(checked.type)}, not true or false` })
    }
    return found
  } catch (error) {
    return [problemOf(error)]
  }
}

function problemOf(error: unknown): ConditionProblem {
  const { summary, range, message } = error as {
    readonly summary?: string
    readonly range?: { readonly start: number }
    readonly message?: string
  }
  return { at: (range?.start ?? 0) + 1, message: summary ?? message ?? String(error) }
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value
}

/** A node and all below it. */
function walk(node: ASTNode): ASTNode[] {
  const args: readonly unknown[] = Array.isArray(node.args) ? node.args.flat() : [node.args]
  return [node, ...args.filter(isNode).flatMap(walk)]
}

function nodeProblems(node: ASTNode): ConditionProblem[] {
  const at = node.start + 1
  if (node.op === 'rcall') return methodProblems(node.args, at)
  if (node.op === 'call') {
    const [name] = node.args
    return functions.has(name) ? [] : [{ at, message: `${name}() may not be used here` }]
  }
  if (!operators.has(node.op)) return [{ at, message: `${node.op} may not be used here` }]
  if (node.op === '==' || node.op === '!=') return textProblems(node.args[0], [node.args[1]])
  if (node.op === 'in') return textProblems(node.args[0], node.args[1].op === 'list' ? node.args[1].args : [])
  return []
}

function methodProblems(
  [name, receiver, args]: readonly [string, ASTNode, readonly ASTNode[]],
  at: number,
): ConditionProblem[] {
  if (!methods.has(name)) return [{ at, message: `${name}() may not be used here` }]
  if (name !== 'matches') return []
  if (receiver.op !== 'id') return [{ at, message: 'matches() is for what a flow says, such as currency' }]
  const [pattern] = args
  if (pattern?.op !== 'value' || typeof pattern.args !== 'string')
    return [{ at, message: 'matches() takes a pattern written out, not one that is computed' }]
  const wrong = patternProblem(pattern.args)
  return wrong === undefined ? [] : [{ at: pattern.start + 1, message: wrong }]
}

/** Without groups nothing that repeats can be repeated again, so a pattern takes no longer than its text times the text matched. */
function patternProblem(pattern: string): string | undefined {
  if (pattern.length > 100) return 'a pattern has at most 100 characters'
  if (/[()\\]/.test(pattern)) return 'a pattern has neither groups nor escapes'
  if ((pattern.match(/[*+{]/g) ?? []).length > 2) return 'a pattern repeats at most two things'
  try {
    RegExp(pattern)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** A text that a fact can never be is a typing error. */
function textProblems(fact: ASTNode, values: readonly ASTNode[]): ConditionProblem[] {
  if (fact.op !== 'id' || !isVariable(fact.args)) return []
  const facts = variables[fact.args]
  if (!('texts' in facts)) return []
  const texts: readonly string[] = facts.texts
  return values.flatMap((value) =>
    value.op === 'value' && typeof value.args === 'string' && !texts.includes(value.args)
      ? [{ at: value.start + 1, message: `${fact.args} is never "${value.args}", only ${texts.join(', ')}` }]
      : [],
  )
}

function isVariable(name: string): name is Variable {
  return Object.hasOwn(variables, name)
}

/** What became of a condition at a flow: `failed` when it could not be evaluated, `no_rate` when its amount cannot be converted. */
export type Verdict = 'holds' | 'not' | 'failed' | 'no_rate'

/** A condition ready to evaluate. */
export interface FlowCondition {
  /** Money must be converted for it. */
  readonly needsCny: boolean
  verdict(subject: Subject, index: number): Verdict
  /** As a filter: what cannot be evaluated does not pass; it is reported when the flow comes. */
  passes(subject: Subject, index: number): boolean
}

const hourMs = 3_600_000

/** How each fact is read from a flow. */
const readers: Readonly<
  Record<Exclude<Variable, 'amount_fen'>, (subject: Subject, index: number) => unknown>
> = {
  currency: (subject, index) => subject.currencyTextAt(index),
  direction: (subject, index) => (factsOf(subject.bitsAt(index)).incoming ? 'in' : 'out'),
  kind: (subject, index) => factsOf(subject.bitsAt(index)).kind,
  counterparty_kind: (subject, index) => factsOf(subject.bitsAt(index)).counterpartyKind,
  counterparty_region: (subject, index) => subject.farRegionTextAt(index).slice(0, matchedMax),
  channel: (subject, index) => factsOf(subject.bitsAt(index)).channel,
  country: (subject, index) => subject.countryTextAt(index),
  domestic: (subject, index) => factsOf(subject.bitsAt(index)).domestic,
  own: (subject, index) => factsOf(subject.bitsAt(index)).own,
  hour(subject, index) {
    const time = subject.timeAt(index)
    return BigInt(Math.floor((time - startOfDay(dayOf(time))) / hourMs))
  },
  weekday: (subject, index) => BigInt(weekdayOf(dayOf(subject.timeAt(index))) + 1),
}

/** Compiles a checked expression. @throws RangeError for one with problems */
export function compileCondition(text: string, rates: RateTable): FlowCondition {
  const [problem] = conditionProblems(text)
  if (problem !== undefined) throw new RangeError(`${text}: ${problem.message}`)
  const parsed = environment.parse(text)
  const used = new Set(
    walk(parsed.ast).flatMap((node) => (node.op === 'id' && isVariable(node.args) ? [node.args] : [])),
  )
  const needsCny = used.delete('amount_fen')
  const reads = [...used].flatMap((name) => (name === 'amount_fen' ? [] : [[name, readers[name]] as const]))
  const context: Record<string, unknown> = {}
  const verdict = (subject: Subject, index: number): Verdict => {
    if (needsCny) {
      const fen = fenAt(rates, subject, index)
      if (Number.isNaN(fen)) return 'no_rate'
      context['amount_fen'] = BigInt(fen)
    }
    for (const [name, read] of reads) context[name] = read(subject, index)
    try {
      return parsed(context) === true ? 'holds' : 'not'
    } catch {
      // Division by nothing, a number out of range: the expression says nothing about this flow.
      return 'failed'
    }
  }
  return { needsCny, verdict, passes: (subject, index) => verdict(subject, index) === 'holds' }
}
