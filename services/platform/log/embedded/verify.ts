/**
 * Reads a log from end to end and ends with code 0 when all of it can be read and fits together. Run in a process of its
 * own, since LMDB may crash on a torn file: `node verify.ts FOLDER`.
 */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { LogError } from '../port.ts'
import { decodeBlock } from './block.ts'
import { blockBase, openEnvironment } from './environment.ts'
import { Storage } from './storage.ts'

/** What a sound log holds. */
export interface Verified {
  readonly topics: number
  readonly records: number
  readonly stateEntries: number
}

/** Verifies in a child process. @throws LogError `unavailable`, with what to do, when the file is damaged */
export async function verifyInChild(directory: string): Promise<void> {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), directory], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-2_000)))
  const end = await new Promise<string>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, killedBy) => resolve(code === 0 ? '' : (killedBy ?? `exit code ${code}`)))
  })
  if (end === '') return
  throw new LogError(
    'unavailable',
    `the machine stopped while the log in ${directory} was open, and the log is damaged since (${end}: ${said.trim().split('\n').at(-1) ?? ''}). ` +
      'Put back a backup of the whole data folder, or move its log/ away and ingest again: cases are kept in the database, not here. ' +
      'Opened with sync "every-commit", a log survives this',
  )
}

/** Reads everything there is. @throws LogError `unavailable`, or whatever a torn file leads to */
export function verify(directory: string): Verified {
  const environment = openEnvironment({ directory, sync: 'none' })
  const storage = new Storage(environment, '', 0)
  let records = 0
  const topics = storage.allTopics()
  for (const topic of topics) {
    for (const id of topic.partitionIds) records += verifyPartition(storage, id, `${topic.name}/${id}`)
  }
  let stateEntries = 0
  for (const { value } of environment.state.getRange({})) stateEntries += value.length >= 0 ? 1 : 0
  for (const { value } of environment.staged.getRange({})) stateEntries += value.length > 0 ? 0 : 1
  return { topics: topics.length, records, stateEntries }
}

function verifyPartition(storage: Storage, partitionId: number, name: string): number {
  const { first, next } = storage.bounds(partitionId)
  let records = 0
  let after = first
  for (const { key, value } of storage.blocks(partitionId, 0, Number.MAX_SAFE_INTEGER)) {
    for (const record of decodeBlock(blockBase(key), value)) {
      if (record.offset < after || record.offset >= next)
        throw new LogError('unavailable', `${name} holds offset ${record.offset} out of order`)
      after = record.offset + 1
      records += 1
    }
  }
  return records
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  verify(process.argv[2] ?? '.')
  // Ends at once: closing LMDB would write to a file that is only being looked at.
  process.exit(0)
}
