/** Answers of departments' own systems: one record, one command in the name of the department. */
import type { Transaction } from 'kysely'
import { codecs, UndecodableError } from '../../../schemas/codec.ts'
import type { Acknowledgement } from '../../../schemas/types.ts'
import type { WorkingCalendar } from '../../platform/calendar/calendar.ts'
import { undecodableFacts } from '../../platform/dead-letters/letter.ts'
import type { DeadLetterFacts } from '../../platform/dead-letters/letter.ts'
import type { Batch, LogRecord } from '../../platform/log/port.ts'
import type { Actor } from '../core/case.ts'
import { append, Changes, lockForAppend } from './append.ts'
import { Writes } from './bulk.ts'
import { setAside } from './dead-letters.ts'
import type { SetAside } from './dead-letters.ts'
import { executeCommand } from './execute.ts'
import type { Answer, CommandRequest } from './execute.ts'
import { moveBehind } from './positions.ts'
import type { Tables } from './tables.ts'

interface Time {
  readonly now: number
  readonly calendar: WorkingCalendar
}

const unusable = (reason: string, message: string): DeadLetterFacts => ({
  reason,
  exception: 'AcknowledgementRefused',
  message,
})

function actorOf({ department, officer }: Acknowledgement): Actor {
  return { user: officer === '' ? `${department} system` : officer, role: 'officer', department }
}

function commandOf(answer: Acknowledgement): CommandRequest | undefined {
  const common = {
    command_id: `acknowledgement ${answer.acknowledgement_id}`,
    dispatch_id: answer.dispatch_id,
  }
  switch (answer.answer) {
    case 'accepted':
      return { ...common, type: 'acknowledge' }
    case 'returned':
      return { ...common, type: 'return', reason: answer.reason }
    case 'unknown':
      return undefined
  }
}

function factsOf(outcome: Answer): DeadLetterFacts | undefined {
  switch (outcome.outcome) {
    case 'done':
      return undefined
    case 'refused':
      return unusable(outcome.refused, outcome.reason.en)
    case 'unknown_case':
      return unusable('not_for_department', 'The case was never sent to this department.')
    case 'command_id_reused':
      return unusable('acknowledgement_id_reused', 'The acknowledgement_id was used for another answer.')
    case 'stale':
      return unusable('stale', 'The case changed meanwhile.')
  }
}

async function carryOut(
  trx: Transaction<Tables>,
  answer: Acknowledgement,
  { now, calendar }: Time,
): Promise<DeadLetterFacts | undefined> {
  const row = await trx
    .selectFrom('dispatches')
    .select('case_id')
    .where('dispatch_id', '=', answer.dispatch_id)
    .executeTakeFirst()
  if (row === undefined) return unusable('unknown_dispatch', 'No dispatch has this id.')
  const command = commandOf(answer)
  if (command === undefined) return unusable('unknown_answer', 'The answer is neither accepted nor returned.')
  const request = { command, caseId: row.case_id, actor: actorOf(answer) }
  return factsOf(await executeCommand(trx, request, now, calendar))
}

function decode(record: LogRecord): Acknowledgement | DeadLetterFacts {
  try {
    if (record.value === null) return unusable('corrupt_body', 'An acknowledgement has no tombstone.')
    return codecs.acknowledgement.decode(record.value)
  } catch (error) {
    if (!(error instanceof UndecodableError)) throw error
    return undecodableFacts(error)
  }
}

/** What the answers of one batch came to: how many of each, and why those refused were set aside. */
export interface AcknowledgementsReceived {
  readonly counts: Readonly<Record<'answered' | 'refused', number>>
  readonly setAside: readonly string[]
}

/**
 * Takes in one batch inside `trx`, record by record in order; what cannot be used is set aside with the reason.
 * @param prefix of topic names, for the facts of what is set aside
 */
export async function receiveAcknowledgements(
  trx: Transaction<Tables>,
  batch: Batch,
  now: number,
  calendar: WorkingCalendar,
  prefix: string,
): Promise<AcknowledgementsReceived> {
  await lockForAppend(trx)
  await moveBehind(trx, 'acknowledgements', batch)
  const dead: SetAside[] = []
  for (const record of batch.records) {
    const answer = decode(record)
    const facts = 'exception' in answer ? answer : await carryOut(trx, answer, { now, calendar })
    if (facts !== undefined) dead.push(setAside('acknowledgement_dead_letters', batch, record, facts, prefix))
  }
  const writes = new Writes()
  append(
    writes,
    new Changes(),
    dead.map(({ message }) => message),
  )
  await writes.send(trx)
  const counts = { answered: batch.records.length - dead.length, refused: dead.length }
  return { counts, setAside: dead.map(({ reason }) => reason) }
}
