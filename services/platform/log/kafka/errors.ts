/** What went wrong at the broker, as errors of the log port. */
import { LogError } from '../port.ts'
import type { KafkaError } from './kafkajs/internals.ts'
import { RecordBatchError } from './wire/record-batch.ts'

/** Somebody younger holds the transactional id. Brokers answer old requests with the epoch error, new ones with 90, which kafkajs does not know. */
const fencedTypes = new Set(['INVALID_PRODUCER_EPOCH', 'INVALID_PRODUCER_ID_MAPPING', 'INVALID_TXN_STATE'])
const unknownFenced = /Unknown error code 90\b/

/** Trying again with fresh metadata may help. */
const movedTypes = new Set([
  'NOT_LEADER_FOR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
  'REPLICA_NOT_AVAILABLE',
  'KAFKA_STORAGE_ERROR',
  'NOT_COORDINATOR_FOR_GROUP',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'GROUP_LOAD_IN_PROGRESS',
  'NOT_ENOUGH_REPLICAS',
  'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
])

const refusedTypes = new Set([
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  // Said of the topics that are allowed when another one of the same transaction is not.
  'OPERATION_NOT_ATTEMPTED',
  'SASL_AUTHENTICATION_FAILED',
  'ILLEGAL_SASL_STATE',
])

/** The name of the protocol's error behind an error, also when kafkajs wrapped it. */
export function typeOf(error: unknown): string {
  for (let at = error; at instanceof Error; at = at.cause) {
    const { type, message } = at as KafkaError
    if (unknownFenced.test(message)) return 'INVALID_PRODUCER_EPOCH'
    if (type !== undefined && type !== '') return type
  }
  return ''
}

/** Whether the metadata that led here is out of date. */
export function isMoved(error: unknown): boolean {
  return movedTypes.has(typeOf(error))
}

/**
 * The error in the words of the port. What is not the broker's stays as it is.
 * @param where what was done, to which topic or id: begins the message
 */
export function logErrorOf(error: unknown, where: string): unknown {
  if (error instanceof LogError || !(error instanceof Error)) return error
  const type = typeOf(error)
  const cause = { cause: error }
  if (error instanceof RecordBatchError)
    return new LogError('unavailable', `${where}: ${error.message}`, {
      ...cause,
      retriable: error.kind === 'corrupt',
    })
  if (fencedTypes.has(type))
    return new LogError('fenced', `${where}: taken over by somebody younger; this one stops`, cause)
  if (type === 'UNKNOWN_TOPIC_OR_PARTITION')
    return new LogError('unknown_topic', `${where}: the topic does not exist; run weir topics apply`, cause)
  if (type === 'MESSAGE_TOO_LARGE' || type === 'RECORD_LIST_TOO_LARGE')
    return new LogError(
      'record_too_large',
      `${where}: the broker takes no record this large; raise max.message.bytes with weir topics apply`,
      cause,
    )
  if (refusedTypes.has(type))
    return new LogError(
      'unavailable',
      `${where}: the broker refused (${type}); check user, password and access list (weir topics acls)`,
      cause,
    )
  if (!error.name.startsWith('KafkaJS')) return error
  return new LogError('unavailable', `${where}: ${error.message}`, { ...cause, retriable: true })
}
