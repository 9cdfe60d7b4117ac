/** `weir dlq`: dead letters listed, shown and replayed. Works beside running services on the same log. */
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { describeValue } from '../../platform/dead-letters/describe.ts'
import { letterAt, originalRecord, replayOf, surveyLetters } from '../../platform/dead-letters/read.ts'
import { replayDeadLetters } from '../../platform/dead-letters/replay.ts'
import type { ReplayRequest } from '../../platform/dead-letters/replay.ts'
import type { LetterFilter } from '../../platform/dead-letters/select.ts'
import { stateOf } from '../../platform/dead-letters/select.ts'
import type { Log } from '../../platform/log/port.ts'
import { offsetsNamed, placeNamed, rateNamed, topicsNamed } from '../dlq/choose.ts'
import {
  progressText,
  replayJson,
  replayText,
  shownJson,
  shownText,
  surveyJson,
  surveyText,
} from '../dlq/render.ts'
import type { ShownLetter } from '../dlq/render.ts'
import { onConfiguredLog } from '../on-log.ts'
import { systemUser } from '../person.ts'
import { stopSignal } from '../stop-signal.ts'
import { CommandError, exitCodes, printJson, progressLine, say } from '../terminal.ts'

interface CommonOptions {
  readonly data?: string
  readonly json?: boolean
}

/** Options of `weir dlq list`. */
export interface DlqListOptions extends CommonOptions {
  readonly topic?: string
  readonly reason?: string
  readonly each?: boolean
  readonly limit: number
}

/** Options of `weir dlq replay`. */
export interface DlqReplayOptions extends CommonOptions {
  readonly reason?: string
  readonly offset?: string
  readonly rate?: string
  readonly tries: number
  readonly dryRun?: boolean
  readonly by?: string
  readonly why?: string
}

/** A record names nobody at this length; what is longer is no name and no reason. */
const textMax = 1000

/** Runs `work` on the configured log. @throws CommandError when there is no data yet */
async function onLog<T>({ data }: CommonOptions, work: (log: Log, prefix: string) => Promise<T>): Promise<T> {
  return onConfiguredLog('dlq', data, work)
}

const reasonFilter = (reason: string | undefined): LetterFilter => (reason === undefined ? {} : { reason })

/** Counts dead letters by topic and reason; with `--each` also lists them. */
export async function dlqList(options: DlqListOptions): Promise<void> {
  const isEach = options.each === true
  const survey = await onLog(options, (log, prefix) => {
    const chosen = topicsNamed(options.topic, prefix)
    return surveyLetters(log, chosen, reasonFilter(options.reason), prefix, isEach ? options.limit : 0)
  })
  if (options.json === true) printJson(surveyJson(survey, isEach))
  else process.stdout.write(`${surveyText(survey)}\n`)
  const letters = survey.groups.reduce((sum, group) => sum + group.letters, 0)
  if (isEach && letters > options.limit) {
    say(
      `只列出前 ${options.limit} 条,共 ${letters} 条 / the first ${options.limit} of ${letters}; --limit shows more`,
    )
  }
}

/** Shows one dead letter. */
export async function dlqShow(text: string, options: CommonOptions): Promise<void> {
  const shown = await onLog(options, async (log, prefix): Promise<ShownLetter> => {
    const place = placeNamed(text, prefix)
    if (place === undefined) {
      throw new CommandError(
        `"${text}" 不是死信位置 / "${text}" is no place: give TOPIC/PARTITION/OFFSET as "weir dlq list --each" prints it`,
        exitCodes.usage,
      )
    }
    const { topic, partition, offset } = place
    const letter = await letterAt(log, topic, partition, offset, prefix)
    if (letter === undefined) throw notThere(text)
    const replayed = await replayOf(log, letter, prefix)
    const original = await originalRecord(log, letter)
    const value = original === undefined ? undefined : describeValue(letter, original.value)
    return { letter, state: stateOf(letter, replayed !== undefined), replayed, value }
  })
  if (options.json === true) printJson(shownJson(shown))
  else process.stdout.write(`${shownText(shown)}\n`)
}

function notThere(place: string): CommandError {
  return new CommandError(
    `${place} 没有死信 / there is no dead letter at ${place}: it was never there, or its time has run out`,
    exitCodes.notFound,
  )
}

/** Which letters are meant: a topic, one place, or everything; narrowed by reason and offsets. */
function chosenBy(
  named: string | undefined,
  options: DlqReplayOptions,
  prefix: string,
): Pick<ReplayRequest, 'topics' | 'filter'> {
  const place = named === undefined ? undefined : placeNamed(named, prefix)
  const reason = reasonFilter(options.reason)
  if (place !== undefined) {
    const { topic, offset } = place
    return { topics: [topic], filter: { ...reason, offsets: [{ first: offset, last: offset }] } }
  }
  const topics = topicsNamed(named, prefix)
  if (options.offset === undefined) return { topics, filter: reason }
  if (topics.length > 1) {
    throw new CommandError(
      '--offset 须指明一个死信主题 / --offset needs one dead-letter topic',
      exitCodes.usage,
    )
  }
  return { topics, filter: { ...reason, offsets: offsetsNamed(options.offset) } }
}

/** Publishes dead letters again, each once however often this is repeated; exit code 5 when it stopped before the end. */
export async function dlqReplay(named: string | undefined, options: DlqReplayOptions): Promise<void> {
  const { by = systemUser(), why = '', tries: triesMax } = options
  if (by.trim() === '' || by.length > textMax || why.length > textMax) {
    throw new CommandError(
      `--by 与 --why 各至多 ${textMax} 字 / --by names somebody, and neither it nor --why is longer than ${textMax}`,
      exitCodes.usage,
    )
  }
  const ratePerSecond = options.rate === undefined ? undefined : rateNamed(options.rate)
  const dryRun = options.dryRun === true
  const runId = randomUUID()
  const signal = stopSignal('正在停止 stopping after the commit in hand …')
  const line = progressLine()
  const result = await onLog(options, (log, prefix) =>
    replayDeadLetters(
      {
        log,
        prefix,
        now: Date.now,
        ticks: () => performance.now(),
        pause: (ms, until) => delay(ms, undefined, { signal: until }).catch(() => undefined),
        signal,
        onProgress: (counts) => line.update(progressText(counts)),
      },
      { ...chosenBy(named, options, prefix), by, why, runId, ratePerSecond, triesMax, dryRun },
    ),
  )
  if (result.chosen === 0 && named?.includes('/') === true) throw notThere(named)
  line.done(replayText(result, dryRun))
  if (options.json === true) printJson(replayJson(result, runId, dryRun))
  if (result.ended !== 'done') process.exitCode = exitCodes.partial
}
