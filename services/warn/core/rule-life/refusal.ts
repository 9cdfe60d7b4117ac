/** Why a step in the life of rules is refused, and what to do next, in both languages. Pure. */
import type { SetState } from './life.ts'

/** A refusal: a stable code, and a sentence with the next step in each language. */
export interface Refusal {
  readonly code: RefusalCode
  readonly zh: string
  readonly en: string
}

/** What each refusal is about. */
interface Facts {
  readonly no_person: object
  readonly reserved_name: { readonly person: string }
  readonly no_reason: object
  readonly same_person: { readonly set: string; readonly person: string }
  readonly not_drafted: { readonly set: string }
  readonly several_sets: { readonly sets: readonly string[] }
  readonly not_reviewed: { readonly set: string; readonly author: string }
  readonly other_content: { readonly set: string; readonly known: string; readonly given: string }
  readonly version_taken: { readonly set: string }
  readonly version_not_newer: { readonly set: string; readonly newest: number }
  readonly rule_version_not_raised: { readonly rules: readonly string[] }
  readonly wrong_state: { readonly set: string; readonly state: SetState }
  readonly in_force: { readonly set: string }
  readonly nothing_in_force: object
  readonly no_such_rule: { readonly rule: string; readonly set: string }
  readonly not_switched_off: { readonly rule: string }
  readonly same_asker: { readonly rule: string; readonly person: string }
  readonly other_frame: { readonly parts: readonly string[] }
  readonly nothing_differs: { readonly set: string }
}

/** Codes of refusals. */
export type RefusalCode = keyof Facts

type Texts = { readonly [Code in RefusalCode]: (facts: Facts[Code]) => readonly [zh: string, en: string] }

const short = (sha256: string): string => sha256.slice(0, 12)

const states: Readonly<Record<SetState, readonly [zh: string, en: string]>> = {
  draft: ['草稿', 'a draft'],
  reviewed: ['已复核', 'reviewed'],
  rejected: ['已退回', 'rejected'],
  active: ['生效中', 'in force'],
  retired: ['已停用', 'retired'],
}

const texts: Texts = {
  no_person: () => [
    '须写明操作人:--as 姓名或席位(至多 100 字)',
    'say who you are: --as NAME, at most 100 characters',
  ],
  reserved_name: ({ person }) => [
    `“${person}”是系统自己的名字,只有随产品发布的规则集由它生效;请写您本人`,
    `"${person}" is the product's own name: only the set shipped with it is published by it. Give your own name`,
  ],
  no_reason: () => ['须写明理由:--reason', 'say why: --reason TEXT'],
  same_person: ({ set, person }) => [
    `${set} 由 ${person} 起草,复核须另一人:请另一人执行 weir rules review ${set} --as 本人`,
    `${set} was drafted by ${person}: a second person must review it. Ask somebody else to run weir rules review ${set} --as THEMSELVES`,
  ],
  not_drafted: ({ set }) => [
    `没有 ${set} 的草稿:先 weir rules draft 文件 --as 起草人,再由另一人 weir rules review`,
    `there is no draft of ${set}: first weir rules draft FILE --as AUTHOR, then a second person runs weir rules review`,
  ],
  several_sets: ({ sets }) => [
    `有多个规则集是这个版本号,请写全:${sets.join('、')}`,
    `several sets have this version, name one: ${sets.join(', ')}`,
  ],
  not_reviewed: ({ set, author }) => [
    `${set}(${author} 起草)尚未经第二人复核,不能发布:请另一人执行 weir rules review ${set} --as 本人`,
    `${set}, drafted by ${author}, was not reviewed by a second person and is not published. Ask somebody else to run weir rules review ${set} --as THEMSELVES`,
  ],
  other_content: ({ set, known, given }) => [
    `内容与 ${set} 已登记的不同(登记 ${short(known)},给出 ${short(given)}):按登记的发布用 weir rules publish ${set},或提高版本号重新起草`,
    `this is not what is on record as ${set} (on record ${short(known)}, given ${short(given)}): run weir rules publish ${set} for what was reviewed, or draft the file anew to have it reviewed`,
  ],
  version_taken: ({ set }) => [
    `${set} 已发布过,版本号只升不降:请提高文件中的 version`,
    `${set} was published before and versions only rise: raise version in the file`,
  ],
  version_not_newer: ({ set, newest }) => [
    `${set} 不比已发布的版本 ${newest} 新:请提高文件中的 version`,
    `${set} is not newer than version ${newest}, which was published: raise version in the file`,
  ],
  rule_version_not_raised: ({ rules }) => [
    `规则 ${rules.join('、')} 与生效中的不同,版本号却未提高:请提高这些规则的 version`,
    `${rules.join(', ')} differ from the rules in force but do not have a higher version: raise version of each`,
  ],
  wrong_state: ({ set, state }) => [
    `${set} ${states[state][0]},不能这样做:weir rules history 可查经过;需要时以新版本号重新起草`,
    `${set} is ${states[state][1]}, so this cannot be done: see weir rules history, and draft it under a new version if need be`,
  ],
  in_force: ({ set }) => [
    `${set} 正在生效,不能直接停用:发布更新的版本即可取代它;只停一条规则用 weir rules kill`,
    `${set} is in force and cannot simply be retired: publish a newer one, or switch a single rule off with weir rules kill`,
  ],
  nothing_in_force: () => [
    '尚无生效的规则集:先启动一次 weir start,或发布一个规则集',
    'no rule set is in force yet: start Weir once, or publish one',
  ],
  no_such_rule: ({ rule, set }) => [
    `生效的规则集 ${set} 没有规则 ${rule}:weir rules history 可查`,
    `the set in force, ${set}, has no rule ${rule}: see weir rules history`,
  ],
  not_switched_off: ({ rule }) => [`规则 ${rule} 没有被关停`, `${rule} is not switched off`],
  same_asker: ({ rule, person }) => [
    `${person} 已申请恢复 ${rule},须另一人确认:请另一人执行 weir rules restore ${rule} --as 本人`,
    `${person} has asked for ${rule} to be switched on again: a second person must confirm it with weir rules restore ${rule} --as THEMSELVES`,
  ],
  other_frame: ({ parts }) => [
    `影子运行只比较规则;${parts.join('、')} 与生效的规则集不同:请改用 weir rules backtest`,
    `a shadow compares rules only, and ${parts.join(', ')} differ from the set in force: use weir rules backtest instead`,
  ],
  nothing_differs: ({ set }) => [
    `候选规则集的规则与生效的 ${set} 没有不同`,
    `no rule of the candidate differs from those of ${set}, the set in force`,
  ],
}

/** A refusal in words. */
export function refusal<Code extends RefusalCode>(code: Code, facts: Facts[Code]): Refusal {
  const [zh, en] = texts[code](facts)
  return { code, zh, en }
}
