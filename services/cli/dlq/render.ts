/** How dead letters look on a screen and as JSON. Text that came with a record may be anything: it is escaped. */
import { letterHeaders, originalHeaders } from '../../platform/dead-letters/letter.ts'
import type { Obstacle } from '../../platform/dead-letters/letter.ts'
import type { DescribedValue } from '../../platform/dead-letters/describe.ts'
import type { Replayed, StandingLetter, Survey } from '../../platform/dead-letters/read.ts'
import type { ReplayCounts, ReplayResult } from '../../platform/dead-letters/replay.ts'
import type { LetterGroup, LetterState } from '../../platform/dead-letters/select.ts'
import { count } from '../terminal.ts'

type Json = Readonly<Record<string, unknown>>

/** Why a letter cannot be replayed, and what to do instead. */
const obstacles: Readonly<Record<Obstacle, { readonly zh: string; readonly en: string }>> = {
  never_published: {
    zh: '导入时被拒,从未进入主题;请在来源处改正后重新导入',
    en: 'refused by ingestion and never on the topic: mend it at the source and deliver it again',
  },
  left_out: {
    zh: '记录过大,仍在原主题中;请在来源处改小后重新发送',
    en: 'too large to be carried along, it is still on its topic: mend it at the source and send it again',
  },
  origin_unknown: {
    zh: '没有说明来自何处,并非由 Weir 放入',
    en: 'it does not say where it was read: Weir did not put it here',
  },
}

const states: Readonly<Record<LetterState, string>> = {
  open: '待处理 open',
  replayed: '已重放 replayed',
  unreplayable: '不可重放 not replayable',
}

/** Text with everything that could move the cursor or turn the direction written as an escape. */
export function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0
    return `\\u{${code.toString(16)}}`
  })
}

/** RFC 3339 in UTC; a time out of range as its number. */
function timeText(at: number): string {
  return Math.abs(at) <= 8.64e15 ? new Date(at).toISOString() : String(at)
}

function groupJson(group: LetterGroup): Json {
  const { topic, reason, letters, open, replayed, unreplayable, cameBack, first, last } = group
  return {
    topic,
    reason,
    letters,
    open,
    replayed,
    unreplayable,
    came_back: cameBack,
    first_at: timeText(group.firstAt),
    last_at: timeText(group.lastAt),
    first,
    last,
  }
}

function letterJson({ letter, state }: StandingLetter): Json {
  const { place, record, facts, origin, replays, replayOf, obstacle } = letter
  return {
    place,
    at: timeText(record.timestamp),
    ...facts,
    origin: { ...origin },
    state,
    obstacle: obstacle ?? null,
    replays,
    replay_of: replayOf ?? null,
  }
}

/** The list as JSON; `letters` only when they were asked for. */
export function surveyJson({ groups, letters }: Survey, each: boolean): Json {
  return { groups: groups.map(groupJson), ...(each ? { letters: letters.map(letterJson) } : {}) }
}

function groupText(group: LetterGroup): string {
  const counts = [
    `${states.open} ${count(group.open)}`,
    ...(group.replayed > 0 ? [`${states.replayed} ${count(group.replayed)}`] : []),
    ...(group.unreplayable > 0 ? [`${states.unreplayable} ${count(group.unreplayable)}`] : []),
    ...(group.cameBack > 0 ? [`重放后退回 came back ${count(group.cameBack)}`] : []),
  ]
  const [first, last] = [group.first, group.last].map((place) => place.slice(place.indexOf('/') + 1))
  return [
    `  ${visible(group.reason)}  ${count(group.letters)}: ${counts.join(' · ')}`,
    `    ${timeText(group.firstAt)} … ${timeText(group.lastAt)}  ${first ?? ''} … ${last ?? ''}`,
  ].join('\n')
}

function letterText({ letter, state }: StandingLetter): string {
  const { place, facts, record } = letter
  return `  ${place}  ${timeText(record.timestamp)}  ${states[state]}  ${visible(facts.reason)}: ${visible(facts.message)}`
}

/** The list for people, topic by topic. */
export function surveyText({ groups, letters }: Survey): string {
  if (groups.length === 0) return '没有死信 no dead letters'
  const lines: string[] = []
  let topic = ''
  for (const group of groups) {
    if (group.topic !== topic) lines.push(group.topic)
    topic = group.topic
    lines.push(groupText(group))
  }
  return [...lines, ...letters.map(letterText)].join('\n')
}

/** One letter with everything that is known about it. */
export interface ShownLetter extends StandingLetter {
  readonly replayed: Replayed | undefined
  /** Of the letter, or, where it was left out, of the record at its origin; undefined when that is gone. */
  readonly value: DescribedValue | null | undefined
}

/** One letter as JSON. */
export function shownJson({ letter, state, replayed, value }: ShownLetter): Json {
  const leftOut = letter.record.headers[letterHeaders.leftOut]
  return {
    ...letterJson({ letter, state }),
    key: letter.record.key,
    headers: originalHeaders(letter),
    ...(leftOut === undefined ? {} : { left_out_bytes: Number(leftOut) }),
    value: value === undefined ? { gone: true } : value,
    replayed:
      replayed === undefined ? null : { ...replayed.audit, came_back_as: replayed.cameBackAs ?? null },
  }
}

function valueLines(value: ShownLetter['value']): string[] {
  if (value === undefined) return ['内容 value: 已不在原主题 no longer on its topic']
  if (value === null) return ['内容 value: 空(删除标记) none (tombstone)']
  const { bytes, sha256, message, begins } = value
  const lines = [`内容 value: ${count(bytes)} B, sha256 ${sha256}`]
  if (begins !== undefined) lines.push(`  无法解码 cannot be decoded, begins ${begins}`)
  if (message === undefined) return lines
  const content = JSON.stringify(message.content, undefined, 2).split('\n')
  return [...lines, `  ${message.subject}`, ...content.map((line) => `  ${visible(line)}`)]
}

/** One letter for people. */
export function shownText({ letter, state, replayed, value }: ShownLetter): string {
  const { place, record, facts, origin, obstacle, replayOf, replays } = letter
  const lines = [
    `${place}  ${states[state]}`,
    `原因 reason: ${visible(facts.reason)} (${visible(facts.exception)})`,
    `说明 message: ${visible(facts.message)}`,
    `来自 from: ${visible(origin.topic)}/${origin.partition}/${origin.offset}`,
    `时间 time: ${timeText(record.timestamp)}`,
    `键 key: ${visible(record.key)}`,
  ]
  if (obstacle !== undefined) {
    const { zh, en } = obstacles[obstacle]
    lines.push(`不可重放 not replayable: ${zh} / ${en}`)
  }
  if (replayOf !== undefined) lines.push(`重放后退回 came back: ${visible(replayOf)} (×${replays})`)
  if (replayed !== undefined) {
    const { audit, cameBackAs } = replayed
    const why = audit.why === '' ? '' : `: ${visible(audit.why)}`
    lines.push(`重放 replayed: ${timeText(audit.replayed_at)} ${visible(audit.replayed_by)}${why}`)
    lines.push(`  → ${audit.topic}/${audit.partition}`)
    if (cameBackAs !== undefined) lines.push(`  退回为 came back as ${cameBackAs}`)
  }
  const headers = Object.entries(originalHeaders(letter)).map(([name, text]) => visible(`  ${name}: ${text}`))
  return [...lines, '消息头 headers:', ...headers, ...valueLines(value)].join('\n')
}

/** The result of a replay as JSON. */
export function replayJson(result: ReplayResult, runId: string, dryRun: boolean): Json {
  const { ended, chosen, replayed, replayedBefore, givenUp, unreplayable, groups } = result
  return {
    run_id: dryRun ? null : runId,
    dry_run: dryRun,
    ended,
    chosen,
    replayed,
    replayed_before: replayedBefore,
    given_up: givenUp,
    unreplayable,
    groups,
  }
}

/** How far a replay is. */
export function progressText({ replayed, replayedBefore }: ReplayCounts): string {
  return `已重放 ${count(replayed)} replayed, ${count(replayedBefore)} 早已重放 before`
}

/** The result of a replay for people. */
export function replayText(result: ReplayResult, dryRun: boolean): string {
  const { chosen, replayed, replayedBefore, givenUp, unreplayable, groups, ended } = result
  const done = dryRun ? '将重放 would be replayed' : '已重放 replayed'
  const lines = [`${done}: ${count(replayed)} / ${count(chosen)}`]
  for (const group of groups) {
    lines.push(`  ${group.topic}  ${visible(group.reason)}  ${count(group.replayed)}`)
  }
  if (replayedBefore > 0) lines.push(`  早已重放 replayed before: ${count(replayedBefore)}`)
  if (givenUp > 0)
    lines.push(
      `  多次退回,不再重放(--tries 可放宽) came back too often (--tries allows more): ${count(givenUp)}`,
    )
  for (const [obstacle, { zh, en }] of Object.entries(obstacles)) {
    const left = unreplayable[obstacle as Obstacle]
    if (left > 0) lines.push(`  ${count(left)}: ${zh} / ${en}`)
  }
  if (ended === 'interrupted') lines.push('已中断,再次运行即可继续 stopped; run it again to go on')
  if (ended === 'taken_over') {
    lines.push('另一次重放已接手 another replay took over and goes on: each record is still published once')
  }
  return lines.join('\n')
}
