import { createWriteStream } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { finished } from 'node:stream/promises'
import { codecs } from '../../../schemas/codec.ts'
import { topics } from '../../../schemas/topics.ts'
import type { Log, NewRecord } from '../../platform/log/port.ts'
import { refoldLog, warningToJson } from '../../warn/app.ts'
import type { Refolded } from '../../warn/app.ts'
import { onConfiguredLog } from '../on-log.ts'
import { CommandError, count, exitCodes, printJson, progressLine, say } from '../terminal.ts'

/** Options of `weir replay --log`. */
interface ReplayLogOptions {
  /** Data folder; default: the configured log. */
  readonly data?: string
  readonly out: string
  readonly isJson: boolean
}

/** So many names of each kind are told; the figures are complete. */
const namesMax = 20

/** Folds what the log recorded anew, with the rule sets recorded in it, and says whether the log holds the same warnings, to the byte. */
export async function replayLog({ data, out, isJson }: ReplayLogOptions): Promise<void> {
  const { result, warnings } = await onConfiguredLog('replay', data, (log, prefix) =>
    refolded(log, prefix, join(out, 'warnings.ndjson')),
  )
  const summary = summaryOf(result, warnings)
  await writeFile(join(out, 'summary.json'), `${JSON.stringify(summary, null, 2)}\n`)
  say(sentenceOf(result))
  if (isJson) printJson(summary)
  else process.stdout.write(`${JSON.stringify(summary, null, 2)}\n`)
  if (!result.isWhole) process.exitCode = exitCodes.partial
  else if (differences(result) > 0) process.exitCode = exitCodes.failure
}

/** Writes the warnings to the file, complete or not at all. */
async function refolded(
  log: Log,
  prefix: string,
  path: string,
): Promise<{ readonly result: Refolded; readonly warnings: number }> {
  await mkdir(dirname(path), { recursive: true })
  const stream = createWriteStream(`${path}.next`)
  const written = finished(stream)
  const line = progressLine()
  let warnings = 0
  const output = async ({ topic, value }: NewRecord): Promise<void> => {
    if (topic !== topics.warnings || value === null) return
    warnings += 1
    if (!stream.write(`${warningToJson(codecs.warning.decode(value))}\n`)) await once(stream, 'drain')
  }
  const result = await refoldLog(log, prefix, {
    output,
    progress: (records, of) =>
      line.update(`${count(records)} of ${count(of)} records, ${count(warnings)} warnings`),
  })
  stream.end()
  await written
  if (result.records === 0) {
    await rm(`${path}.next`)
    throw new CommandError(
      '日志里还没有已评分的流水 / the log holds no flows that were scored: start Weir, or name another data folder',
      exitCodes.notFound,
    )
  }
  await rename(`${path}.next`, path)
  line.done(`${count(result.records)} records, ${count(warnings)} warnings; ${path}`)
  return { result, warnings }
}

function differences({ different, missing, unexpected }: Refolded): number {
  return different.length + missing.length + unexpected.length
}

function summaryOf(result: Refolded, warnings: number): Record<string, unknown> {
  const { records, same, isWhole } = result
  const told = (names: readonly string[]): Record<string, unknown> => ({
    count: names.length,
    first: names.slice(0, namesMax),
  })
  return {
    records,
    warnings,
    same,
    different: told(result.different),
    missing: told(result.missing),
    unexpected: told(result.unexpected),
    whole: isWhole,
  }
}

function sentenceOf(result: Refolded): string {
  if (!result.isWhole) {
    return '日志开头已过保留期，无法完整重放 / the log no longer holds its beginning: what depends on it cannot be told'
  }
  const found = differences(result)
  return found === 0
    ? `重放结果与记录逐字节一致 / the same to the byte: ${count(result.same)} warnings and outcomes`
    : `与记录不一致 / not as recorded: ${count(found)} of ${count(result.same + found)}. An engine of another version gives other bytes; replay with the version that wrote them.`
}
