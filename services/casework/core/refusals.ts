/** Why a command is refused: stable codes, and what people read. Pure data. */
import type { Bilingual } from '../../../schemas/http/common.ts'

/** Every reason for which casework refuses a command. A refusal is a value, never an exception. */
export const refusals = {
  not_permitted: { zh: '您的角色无权执行此操作。', en: 'Your role may not do this.' },
  no_dispatch: {
    zh: '贵单位在本案没有待办流转任务。',
    en: 'Your department holds no open dispatch in this case.',
  },
  lead_only: { zh: '只有牵头单位可以执行此操作。', en: 'Only the lead department may do this.' },
  wrong_purpose: {
    zh: '该流转任务不包含此操作。',
    en: 'This dispatch is for another kind of work.',
  },
  not_acknowledged: { zh: '请先签收本流转任务。', en: 'Acknowledge the dispatch first.' },
  already_acknowledged: { zh: '该流转任务已经签收。', en: 'The dispatch was acknowledged already.' },
  lead_not_acknowledged: {
    zh: '牵头单位尚未签收。',
    en: 'The lead department has not acknowledged yet.',
  },
  already_started: { zh: '核查已经开始。', en: 'Verification has started already.' },
  not_started: { zh: '请先开始核查。', en: 'Start the verification first.' },
  already_graded: { zh: '已定级,核查阶段已结束。', en: 'The case is graded; verification is over.' },
  not_graded: { zh: '尚未定级。', en: 'The case is not graded yet.' },
  verification_missing: {
    zh: '没有现场核查记录(时间、地点、人员),不得定级。',
    en: 'No grade without a verification record with time, place and people.',
  },
  verification_incomplete: {
    zh: '核查记录须写明时间、地点、人员和发现的情况。',
    en: 'A verification record needs time, place, people and findings.',
  },
  visited_in_future: { zh: '核查时间不能晚于现在。', en: 'The visit cannot lie in the future.' },
  card_missing: { zh: '请选择定级卡。', en: 'Choose a grade card.' },
  card_unchanged: { zh: '定级卡没有变化。', en: 'The grade card would not change.' },
  second_person: {
    zh: '变更定级须由另一人作出。',
    en: 'A grade card is changed by a second person, not by the one who set it.',
  },
  reason_missing: { zh: '请写明理由。', en: 'Give a reason.' },
  handling_not_acknowledged: {
    zh: '处置单位尚未签收。',
    en: 'The handling department has not acknowledged yet.',
  },
  measure_incomplete: {
    zh: '请写明处置措施及法律依据。',
    en: 'Name the measure and its legal basis.',
  },
  measure_missing: { zh: '没有处置措施,不得办结。', en: 'No close without a measure.' },
  measure_taken: {
    zh: '已采取处置措施,不能再退回。',
    en: 'A measure was taken; the case can no longer be returned.',
  },
  feedback_missing: { zh: '请先反馈处置结果。', en: 'Feed back the result first.' },
  result_missing: {
    zh: '请填写结果、文书和金额。',
    en: 'Give the result with summary, paper and amounts.',
  },
  paper_missing: { zh: '没有文书,不得办结。', en: 'No close without the paper that proves it.' },
  returns_exhausted: {
    zh: '已退回两次,由政法委决定。',
    en: 'The case was returned twice; the political and legal commission decides.',
  },
  decider_cannot_return: {
    zh: '政法委负责决定承办单位,不得退回。',
    en: 'The political and legal commission decides who acts and cannot return.',
  },
  promise_unknown: { zh: '没有这项期限。', en: 'There is no such deadline in this case.' },
  promise_settled: {
    zh: '该期限已完成或已撤销。',
    en: 'The deadline was kept or withdrawn already.',
  },
  nothing_open: { zh: '没有未完成的期限。', en: 'There is no open deadline.' },
  not_overdue: { zh: '没有逾期的期限,不得督办。', en: 'Nothing is overdue; supervision needs that.' },
  text_missing: { zh: '请填写内容。', en: 'Write something.' },
  closed: { zh: '案件已办结。', en: 'The case is closed.' },
  in_passing: { zh: '系统正在流转,请稍后。', en: 'The case is being routed; try again.' },
  state_reserved: {
    zh: '该状态尚未启用。',
    en: 'This state is reserved and not in use yet.',
  },
} as const satisfies Readonly<Record<string, Bilingual>>

/** Code of a refusal. */
export type RefusalCode = keyof typeof refusals

/** A command that is not carried out, and why. */
export interface Refused {
  readonly refused: RefusalCode
  readonly reason: Bilingual
}

/** Builds the refusal with its text. */
export function refuse(code: RefusalCode): Refused {
  return { refused: code, reason: refusals[code] }
}

/** Tells a refusal from any other outcome. */
export function isRefused(value: object): value is Refused {
  return 'refused' in value
}

/** The product broke its own rule: a bug, never an expected refusal. Not caught locally. */
export class InvariantError extends Error {
  readonly code = 'invariant_broken'
  constructor(message: string) {
    super(message)
    this.name = 'InvariantError'
  }
}
