/** HTTP API of supervise (schemas/http/supervise.ts). Read only: what the prosecutor does is a casework command. */
import Type from 'typebox'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import { PromiseNode } from '../../../schemas/http/common.ts'
import type { Role, Session } from '../../../schemas/http/common.ts'
import { Board, PromiseList, SupervisedCase } from '../../../schemas/http/supervise.ts'
import { requireRole } from '../../platform/auth/port.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Store } from '../../platform/store/port.ts'
import { boardOf } from '../core/board.ts'
import { readTallies } from './board.ts'
import { readCase } from './case.ts'
import type { Changes } from './changes.ts'
import { readCursor, readPromises } from './promises.ts'
import { streamChanges } from './stream.ts'
import type { Tables } from './tables.ts'

/** What the routes answer from. */
export interface RouteParts {
  readonly store: Store<Tables>
  readonly clock: Clock
  readonly changes: Changes
}

/** See everything. */
const overseers = ['prosecutor', 'auditor'] as const satisfies readonly Role[]
/** See what their own department promised. */
const departmental = ['officer', 'grid_worker', 'regulator'] as const satisfies readonly Role[]

/** The request is understood and cannot be answered; `code` and `statusCode` become problem details. */
export class SupervisionError extends Error {
  readonly code: 'case_unknown' | 'cursor_invalid'
  readonly statusCode: 400 | 404
  constructor(code: SupervisionError['code'], statusCode: SupervisionError['statusCode'], message: string) {
    super(message)
    this.name = 'SupervisionError'
    this.code = code
    this.statusCode = statusCode
  }
}

const BoardQuery = Type.Object({
  region: Type.Optional(Type.String({ pattern: '^[0-9]{6}$' })),
  risk_type: Type.Optional(Type.String({ pattern: '^T[0-9]{1,2}$' })),
})

const PromiseQuery = Type.Object({
  overdue: Type.Optional(Type.Boolean()),
  department: Type.Optional(Type.String({ pattern: '^D[0-9]{2}$' })),
  node: Type.Optional(PromiseNode),
  cursor: Type.Optional(Type.String({ maxLength: 400 })),
  limit: Type.Integer({ minimum: 1, maximum: 200, default: 50 }),
})

const CaseParams = Type.Object({ case_id: Type.String({ minLength: 1, maxLength: 100 }) })

const tags = ['supervision']

function typed(app: FastifyInstance) {
  return app.withTypeProvider<TypeBoxTypeProvider>()
}

/** Somebody who works for a department asks about that department, whatever the query says. */
function departmentFor(session: Session, asked: string | undefined): string | undefined {
  return overseers.some((role) => role === session.seat.role) ? asked : session.seat.department
}

function addBoard(app: ReturnType<typeof typed>, { store, clock }: RouteParts): void {
  const schema = { tags, summary: 'The board', querystring: BoardQuery, response: { 200: Board } }
  app.get('/api/supervision/board', { schema }, async (request) => {
    requireRole(request, ...overseers)
    const now = clock.now()
    const { region, risk_type: riskType } = request.query
    return boardOf(await readTallies(store, { region, riskType }, now), now)
  })
}

function addPromises(app: ReturnType<typeof typed>, { store, clock }: RouteParts): void {
  const schema = {
    tags,
    summary: 'Open promises, most overdue first',
    querystring: PromiseQuery,
    response: { 200: PromiseList },
  }
  app.get('/api/supervision/promises', { schema }, async (request) => {
    const session = requireRole(request, ...overseers, ...departmental)
    const { overdue, node, limit, cursor } = request.query
    const after = cursor === undefined ? undefined : readCursor(cursor)
    if (cursor !== undefined && after === undefined) {
      throw new SupervisionError(
        'cursor_invalid',
        400,
        'The cursor is not one of ours; leave it out to start anew.',
      )
    }
    const filter = { overdue, node, department: departmentFor(session, request.query.department) }
    return readPromises(store, filter, { after, limit }, clock.now())
  })
}

function addCase(app: ReturnType<typeof typed>, { store, clock }: RouteParts): void {
  const schema = {
    tags,
    summary: 'One case with its history',
    params: CaseParams,
    response: { 200: SupervisedCase },
  }
  app.get('/api/supervision/cases/:case_id', { schema }, async (request) => {
    requireRole(request, ...overseers)
    const found = await readCase(store, request.params.case_id, clock.now())
    if (found === undefined)
      throw new SupervisionError('case_unknown', 404, 'Supervision knows no case of this id.')
    return found
  })
}

function addStream(app: ReturnType<typeof typed>, { changes }: RouteParts): void {
  const schema = { tags, summary: 'Server-sent events: the board changed' }
  app.get('/api/supervision/stream', { schema }, async (request, reply) => {
    requireRole(request, ...overseers)
    await streamChanges(request, reply, changes)
  })
}

/** The plugin, with full paths; the composition root registers it after sign-in. */
export function supervisionRoutes(parts: RouteParts): FastifyPluginAsync {
  return async (instance) => {
    const app = typed(instance)
    addBoard(app, parts)
    addPromises(app, parts)
    addCase(app, parts)
    addStream(app, parts)
    // Without this a stream that nobody ends would keep close() waiting.
    instance.addHook('preClose', async () => parts.changes.close())
  }
}
