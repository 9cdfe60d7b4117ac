/** Writes a simulation to files as a stream: what the disk does not take yet is not simulated yet. */
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { finished } from 'node:stream/promises'
import { constants, createGzip } from 'node:zlib'
import type { Writable } from 'node:stream'
import { labelHeader, labelLine, transactionHeader, transactionLine } from '../core/csv.ts'
import { simulate } from '../core/simulate.ts'
import type { SimulatedTransaction, SimulationOptions } from '../core/transaction.ts'

/** Where to write. A name that ends in `.gz` is compressed. */
export interface WriteSimulation {
  /** What to simulate, or the rows themselves. */
  readonly options: SimulationOptions | Iterable<SimulatedTransaction>
  /** Path of the transaction CSV, or a stream such as stdout, which is not closed. */
  readonly out: string | Writable
  /** Path of the labels CSV; without it no labels are written. */
  readonly labels?: string
  /** Called with the rows written so far, once per 5,000 rows and at the end. */
  readonly onProgress?: (rows: number) => void
  /** Stops after the rows in hand; the files then end with a whole line. */
  readonly signal?: AbortSignal
}

const rowsPerChunk = 500

/**
 * Simulates and writes. UTF-8, LF, header line first; the same options give the same bytes.
 * @returns number of rows written
 * @throws RangeError for senseless options; the file system's errors as they are
 */
export async function writeSimulation(request: WriteSimulation): Promise<number> {
  const sinks = [await openSink(request.out)]
  try {
    if (request.labels !== undefined) sinks.push(await openSink(request.labels))
    const rows = await writeRows(request, sinks)
    await Promise.all(sinks.map(async (sink) => sink.close()))
    return rows
  } catch (error) {
    for (const sink of sinks) sink.abandon()
    throw error
  }
}

async function writeRows(request: WriteSimulation, [out, labels]: readonly Sink[]): Promise<number> {
  await out?.write(transactionHeader)
  await labels?.write(labelHeader)
  let rows = 0
  let lines = ''
  let truths = ''
  const flush = async (): Promise<void> => {
    await out?.write(lines)
    await labels?.write(truths)
    lines = ''
    truths = ''
  }
  const rowsToWrite = 'seed' in request.options ? simulate(request.options) : request.options
  for (const row of rowsToWrite) {
    lines += transactionLine(row)
    truths += labelLine(row)
    rows += 1
    if (rows % rowsPerChunk !== 0) continue
    await flush()
    if (rows % 5000 === 0) request.onProgress?.(rows)
    if (request.signal?.aborted === true) break
  }
  await flush()
  request.onProgress?.(rows)
  return rows
}

interface Sink {
  /** Settles when the stream wants more. */
  write(text: string): Promise<void>
  close(): Promise<void>
  abandon(): void
}

async function openSink(target: string | Writable): Promise<Sink> {
  if (typeof target !== 'string') {
    return { write: async (text) => put(target, text), close: async () => {}, abandon: () => {} }
  }
  await mkdir(dirname(target), { recursive: true })
  const file = createWriteStream(target)
  if (!target.endsWith('.gz')) return sinkOf(file, file)
  // gzip's header carries no time and no name here, so that equal rows give equal files.
  const gzip = createGzip({ level: constants.Z_BEST_SPEED })
  gzip.pipe(file)
  file.on('error', (error) => gzip.destroy(error))
  return sinkOf(gzip, file)
}

function sinkOf(stream: Writable, file: Writable): Sink {
  const written = finished(file)
  // The failure is seen by whoever writes or closes; this only keeps it from being nobody's.
  written.catch(() => {})
  return {
    write: async (text) => put(stream, text),
    async close() {
      stream.end()
      await written
    },
    abandon() {
      stream.destroy()
      file.destroy()
    },
  }
}

async function put(stream: Writable, text: string): Promise<void> {
  if (stream.errored) throw stream.errored
  if (text !== '' && !stream.write(text)) await once(stream, 'drain')
}
