/** docs/rules.md: what every rule looks at, its lines, its stories, and what the engine says of them. */
import type { Warning } from '../schemas/types.ts'
import { ruleStories } from '../services/simulate/app.ts'
import type { RuleStory } from '../services/simulate/core/rule-stories/scene.ts'
import { describeRules } from '../services/warn/core/describe.ts'
import type { RuleDescription } from '../services/warn/core/describe.ts'
import { loadRuleSet } from '../services/warn/shell/rule-files.ts'
import { rulesOf, subjectOf, warningsOfStory } from '../test/rules/tell.ts'

const levelNames = { blue: '蓝 blue', yellow: '黄 yellow', orange: '橙 orange', red: '红 red' } as const

const head = `# The rules

<!-- Written by \`npm run docs\` from services/warn/rules/default.yaml and services/simulate/core/rule-stories/: edit those instead. -->

What each rule of the shipped set looks at, where its lines are, a story that fires it, a story just below its line that does not, and the words
in which the engine explains the warning. The stories are played to the engine by \`test/rules/stories.spec.ts\`; play one yourself:

\`\`\`sh
npm run -s weir -- simulate --story R12 --out story.csv
npm run -s weir -- replay story.csv
\`\`\`

Money is in CNY unless said otherwise; every line is inclusive. A level is the machine's and internal; only people grade a case. How everything is computed: [spec/warn.md](spec/warn.md).
`

/** The document as Markdown. */
export async function rulesDocument(): Promise<string> {
  const ruleSet = await loadRuleSet()
  const rules = describeRules(ruleSet)
  const stories = new Map(ruleStories.map((story) => [story.rule, story]))
  const overview = [
    '| | 规则 | rule | looks back | levels |',
    '|---|---|---|---|---|',
    ...rules.map(overviewRow),
  ]
  const sections = rules.map((rule) => {
    const story = stories.get(rule.id)
    const spoken = story === undefined ? undefined : spokenOf(story, warningsOfStory(story, 'fires', ruleSet))
    return section(rule, story, spoken)
  })
  return [head, ...overview, '', ...sections].join('\n')
}

function overviewRow({ id, name, window, levels }: RuleDescription): string {
  const reached = levels.map(({ level }) => levelNames[level]).join(', ')
  return `| [${id}](#${id.toLowerCase()}) | ${name.zh} | ${name.en} | ${window.zh} ${window.en} | ${reached} |`
}

/** The highest warning of the rule on the subject of its story. */
function spokenOf(story: RuleStory, warnings: readonly Warning[]): Warning | undefined {
  const ranks = Object.keys(levelNames)
  return warnings
    .filter((one) => rulesOf(one).includes(story.rule) && one.subject_id === subjectOf(story.fires))
    .toSorted((a, b) => ranks.indexOf(a.level) - ranks.indexOf(b.level))
    .at(-1)
}

function section(rule: RuleDescription, story: RuleStory | undefined, spoken: Warning | undefined): string {
  const rows = rule.levels.map(({ level, asks }) => `| ${levelNames[level]} | ${asks.zh} | ${asks.en} |`)
  const told =
    story === undefined
      ? []
      : [
          `| fires | ${story.fires.what.zh} | ${story.fires.what.en} |`,
          `| just below | ${story.below.what.zh} | ${story.below.what.en} |`,
        ]
  const said =
    spoken === undefined ? [] : [`| it says | ${spoken.explanation.zh} | ${spoken.explanation.en} |`]
  return [
    `## ${rule.id}`,
    '',
    `**${rule.name.zh} · ${rule.name.en}** (version ${rule.version}, family ${rule.family}; ${rule.window.zh} · ${rule.window.en})`,
    '',
    '| | 中文 | English |',
    '|---|---|---|',
    ...[...rows, ...told, ...said].map((row) => row.replaceAll('\n', ' ')),
    '',
    `依据 basis: ${rule.basis.join('; ')}`,
    '',
  ].join('\n')
}
