/** The HTTP API of casework (schemas/http/casework.ts). Decides nothing: it asks, and turns answers into status codes. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance, FastifyPluginAsync, FastifyRequest } from 'fastify'
import Type from 'typebox'
import {
  CaseDetail,
  Command,
  Identity,
  LeadList,
  RevealRequest,
  TaskList,
} from '../../../schemas/http/casework.ts'
import { AlertLevel, CaseState, Problem } from '../../../schemas/http/common.ts'
import { requirePrincipal } from '../../platform/auth/port.ts'
import type { ClearIdentity } from '../../platform/identity/port.ts'
import type { Actor } from '../core/case.ts'
import { actorOf } from './execute.ts'
import type { Answer, CommandRequest, Principal } from './execute.ts'
import { decodeCursor } from './queries.ts'
import type { LeadFilter } from './queries.ts'
import type { Revealed } from './reveal.ts'
import { streamChanges } from './stream.ts'
import type { StreamParts } from './stream.ts'

/** What the routes ask. */
export interface CaseworkApi {
  leads(actor: Actor, filter: LeadFilter): Promise<LeadList>
  detail(actor: Actor, caseId: string): Promise<CaseDetail | undefined>
  tasks(department: string): Promise<TaskList>
  execute(command: CommandRequest, caseId: string, principal: Principal): Promise<Answer>
  reveal(caseId: string, reason: string, actor: Actor): Promise<Revealed>
  readonly stream: StreamParts
}

type ApiErrorCode =
  | 'unknown_case'
  | 'stale_sequence'
  | 'refused'
  | 'command_id_reused'
  | 'nothing_sealed'
  | 'forbidden'
  | 'invalid_cursor'

/** A request that gets a problem instead of an answer; the server turns it into problem details (RFC 9457). */
export class CaseworkError extends Error {
  readonly code: ApiErrorCode
  readonly statusCode: 400 | 403 | 404 | 409 | 422
  constructor(code: ApiErrorCode, statusCode: CaseworkError['statusCode'], message: string) {
    super(message)
    this.name = 'CaseworkError'
    this.code = code
    this.statusCode = statusCode
  }
}

const unknownCase = (): CaseworkError =>
  new CaseworkError(
    'unknown_case',
    404,
    '没有该案件,或不属于贵单位。 There is no such case, or it was never sent to your department.',
  )

/** @throws CaseworkError unless the command was carried out */
function assertDone(answer: Answer): void {
  switch (answer.outcome) {
    case 'done':
      return
    case 'refused':
      throw new CaseworkError('refused', 422, `${answer.reason.zh} ${answer.reason.en}`)
    case 'stale':
      throw new CaseworkError(
        'stale_sequence',
        409,
        `案件已更新(序号 ${answer.sequence}),请刷新后重试。 The case moved on to ${answer.sequence}; read it again and decide anew.`,
      )
    case 'unknown_case':
      throw unknownCase()
    case 'command_id_reused':
      throw new CaseworkError(
        'command_id_reused',
        409,
        '该 command_id 已用于其他操作。 This command_id was used for something else; choose a new one.',
      )
  }
}

function identityOf(revealed: Revealed): ClearIdentity {
  switch (revealed.outcome) {
    case 'revealed':
      return revealed.identity
    case 'unknown_case':
      throw unknownCase()
    case 'not_permitted':
      throw new CaseworkError(
        'forbidden',
        403,
        '您的角色无权查看身份信息。 Your role may not see identities.',
      )
    case 'nothing_sealed':
      throw new CaseworkError(
        'nothing_sealed',
        404,
        '来源未提供身份信息。 The source gave no identity for this subject.',
      )
  }
}

const LeadQuery = Type.Object({
  state: Type.Optional(CaseState),
  level: Type.Optional(AlertLevel),
  risk_type: Type.Optional(Type.String({ maxLength: 10 })),
  department: Type.Optional(Type.String({ maxLength: 10 })),
  q: Type.Optional(Type.String({ maxLength: 100 })),
  cursor: Type.Optional(Type.String({ maxLength: 200 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
})

const CaseParams = Type.Object({ case_id: Type.String({ maxLength: 64 }) })

const tags = ['casework']
const problems = { '4xx': Problem }

const actorFrom = (request: FastifyRequest): Actor => actorOf(requirePrincipal(request))

/** Only what was given: an absent filter is no filter. */
function filterOf<Query extends object>(query: Query): Query {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined)) as Query
}

function typed(app: FastifyInstance) {
  return app.withTypeProvider<TypeBoxTypeProvider>()
}

type TypedInstance = ReturnType<typeof typed>

function addReads(app: TypedInstance, api: CaseworkApi): void {
  app.get(
    '/api/leads',
    {
      schema: {
        tags,
        summary: 'Leads and cases you may see, newest first',
        querystring: LeadQuery,
        response: { 200: LeadList, ...problems },
      },
    },
    async (request) => {
      const actor = actorFrom(request)
      const { cursor } = request.query
      if (cursor !== undefined && decodeCursor(cursor) === undefined) {
        throw new CaseworkError('invalid_cursor', 400, 'The cursor is not one of ours; start without it.')
      }
      return api.leads(actor, filterOf(request.query))
    },
  )
  app.get(
    '/api/cases/:case_id',
    {
      schema: {
        tags,
        summary: 'One case with warnings, dispatches, deadlines, history and what you can do now',
        params: CaseParams,
        response: { 200: CaseDetail, ...problems },
      },
    },
    async (request) => {
      const detail = await api.detail(actorFrom(request), request.params.case_id)
      if (detail === undefined) throw unknownCase()
      return detail
    },
  )
  app.get(
    '/api/tasks',
    {
      schema: {
        tags,
        summary: 'What your department has to do, by due time',
        response: { 200: TaskList, ...problems },
      },
    },
    async (request) => api.tasks(actorFrom(request).department),
  )
}

function addWrites(app: TypedInstance, api: CaseworkApi): void {
  app.post(
    '/api/cases/:case_id/commands',
    {
      schema: {
        tags,
        summary: 'Give one command; the same command_id twice has one effect and one answer',
        params: CaseParams,
        body: Command,
        response: { 200: CaseDetail, ...problems },
      },
    },
    async (request) => {
      const principal = requirePrincipal(request)
      const { case_id: caseId } = request.params
      assertDone(await api.execute(filterOf(request.body), caseId, principal))
      const detail = await api.detail(actorOf(principal), caseId)
      if (detail === undefined) throw unknownCase()
      return detail
    },
  )
  app.post(
    '/api/cases/:case_id/reveal',
    {
      config: { rateLimit: { max: 30, timeWindow: 60_000 } },
      schema: {
        tags,
        summary: 'Reveal the identity of the subject; recorded in the case with your reason',
        params: CaseParams,
        body: RevealRequest,
        response: { 200: Identity, ...problems },
      },
    },
    async (request, reply) => {
      const revealed = await api.reveal(request.params.case_id, request.body.reason, actorFrom(request))
      void reply.header('cache-control', 'no-store')
      return identityOf(revealed)
    },
  )
}

/** The plugin: needs `request.principal` set by the auth plugin. */
export function caseworkRoutes(api: CaseworkApi): FastifyPluginAsync {
  return async (instance) => {
    const app = typed(instance)
    addReads(app, api)
    addWrites(app, api)
    app.get(
      '/api/stream',
      { schema: { tags, summary: 'Changes of cases you may see, as server-sent events' } },
      (request, reply) => streamChanges(request, reply, actorFrom(request), api.stream),
    )
  }
}
