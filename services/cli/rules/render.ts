/** How the life of rules looks on a screen and as JSON. */
import { demoSeats } from '../../platform/auth/seats.ts'
import type { RuleStep } from '../../../schemas/types.ts'
import type { RecordedSet, RuleHistory, RuleStepTaken } from '../../warn/app.ts'
import { visible } from '../dlq/render.ts'

type Json = Readonly<Record<string, unknown>>

const steps: Readonly<Record<RuleStep, string>> = {
  unknown: '未知 unknown',
  drafted: '起草 drafted',
  reviewed: '复核 reviewed',
  rejected: '退回 rejected',
  activated: '生效 in force',
  retired: '停用 retired',
  rule_killed: '关停 switched off',
  restore_asked: '申请恢复 asked to switch on',
  rule_restored: '恢复 switched on',
  candidate_shadowed: '影子运行 in the shadow',
  shadow_ended: '影子结束 shadow ended',
}

/** `2026-03-02 09:30:00`, in Shanghai. */
function clockText(at: number): string {
  return new Date(at + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ')
}

/** A person; seats of the demo with their names. */
function personText(by: string): string {
  const seat = demoSeats.find(({ seat_id }) => seat_id === by)
  return visible(seat === undefined ? by : `${by} ${seat.name.zh} ${seat.name.en}`)
}

/** One step on one line. */
export function stepText({ step, set, at, by, approver, why, ruleId, ruleVersion }: RuleStepTaken): string {
  const about = ruleId === '' ? set : `${ruleId} v${ruleVersion} (${set})`
  const reason = why === '' ? '' : `  “${visible(why)}”`
  const hasSecond = approver !== '' && approver !== by
  const second = hasSecond ? `  (第二人 second person: ${personText(approver)})` : ''
  return `${clockText(at)}  ${about}  ${steps[step]}  ${personText(by)}${second}${reason}`
}

/** The whole history, and where things stand. */
export function historyText({ taken, active, off, candidate, sets }: RuleHistory): string {
  const waiting = sets.filter(({ state }) => state === 'draft' || state === 'reviewed')
  return [
    ...taken.map(stepText),
    `生效 in force: ${active ?? '无 none'}`,
    ...waiting.map(({ name, state }) =>
      state === 'draft' ? `待复核 waiting for a review: ${name}` : `待发布 reviewed, not published: ${name}`,
    ),
    ...off.map(({ ruleId, by, restoreAskedBy }) => {
      const asked =
        restoreAskedBy === '' ? '' : `; ${personText(restoreAskedBy)} 申请恢复 asks to switch it on`
      return `已关停 switched off: ${ruleId}, ${personText(by)}${asked}`
    }),
    ...(candidate === undefined ? [] : [`影子运行 in the shadow: ${candidate}`]),
  ].join('\n')
}

const states: Readonly<Record<RecordedSet['state'], string>> = {
  draft: '草稿,待复核 draft, waiting for a review',
  reviewed: '已复核,待发布 reviewed, not published',
  rejected: '已退回 rejected',
  active: '生效 in force',
  retired: '已停用 retired',
}

/** Where a set on record stands, and how it differs from the one in force. */
export function recordedText({ name, state, sha256, author, reviewer, changes }: RecordedSet): string[] {
  const by = reviewer === '' ? personText(author) : `${personText(author)} / ${personText(reviewer)}`
  const said = (what: string, list: readonly string[]): string[] =>
    list.length === 0 ? [] : [`${what}: ${list.join(', ')}`]
  return [
    `${name} ${sha256.slice(0, 12)}  ${states[state]}  ${by}`,
    ...(changes === undefined
      ? []
      : [
          ...said('新增 new', changes.added),
          ...said('改动 changed', changes.changed),
          ...said('去除 gone', changes.gone),
          ...said('其他部分 other parts', changes.parts),
        ]),
  ]
}

/** One step as JSON. */
export function stepJson({
  step,
  set,
  at,
  by,
  approver,
  why,
  sha256,
  ruleId,
  ruleVersion,
}: RuleStepTaken): Json {
  return {
    step,
    set,
    at: new Date(at).toISOString(),
    by,
    approver,
    why,
    sha256,
    ...(ruleId === '' ? {} : { rule_id: ruleId, rule_version: ruleVersion }),
  }
}

/** The history as JSON. */
export function historyJson({ taken, active, off, candidate, sets }: RuleHistory): Json {
  return {
    steps: taken.map(stepJson),
    in_force: active ?? null,
    sets: sets.map(({ name, state, sha256, author, reviewer }) => ({
      set: name,
      state,
      sha256,
      author,
      reviewer,
    })),
    switched_off: off.map(({ ruleId, version, by, restoreAskedBy }) => ({
      rule_id: ruleId,
      version,
      by,
      restore_asked_by: restoreAskedBy,
    })),
    shadow: candidate ?? null,
  }
}
