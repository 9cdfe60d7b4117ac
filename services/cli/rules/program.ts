/** The commands below `weir rules`. Each loads what it needs only when it is called. */
import type { Command } from 'commander'
import type { BacktestOptions } from '../commands/rules-backtest.ts'
import type { ReportOptions } from '../commands/rules-report.ts'
import type { LogOptions, StepOptions } from '../commands/rules-life.ts'
import { whole } from '../terminal.ts'

interface JsonOption {
  readonly json?: boolean
}

const json = ['--json', 'print the result as JSON'] as const
const data = ['--data <dir>', 'data directory (default: WEIR_DATA_DIRECTORY)'] as const
const as = ['--as <person>', 'who you are, for the record (default: the user of this system)'] as const
const reason = ['--reason <text>', 'why, for the record'] as const

const howItGoes = `
A rule set goes draft → reviewed → active → retired; every step is kept with who, when and why (weir rules history).
  weir rules draft FILE --as AUTHOR      the author puts it on record
  weir rules show 2                      what it is, and how it differs from what is in force
  weir rules review 2 --as SOMEBODY      a second person signs
  weir rules publish 2 --as AUTHOR       it is in force from one place in the log on; nothing is restarted
SET is a version (2), an id and a version (default/2), or a file: then it must be exactly what is on record.
规则集:起草 → 另一人复核 → 生效 → 停用,每一步留痕;发布不需重启。
Exit codes: 0 done or done before, 2 usage, 3 refused, 4 no such set.`

/** Adds `weir rules` to the program. */
export function addRulesCommands(program: Command): void {
  const rules = program.command('rules').description('rule sets / 规则').addHelpText('after', howItGoes)
  rules
    .command('lint')
    .description('check a rule file, all problems at once / 检查规则文件')
    .argument('<file>')
    .option('--json', 'print the problems as JSON')
    .action(async (file: string, options: JsonOption) =>
      (await import('../commands/rules.ts')).lint(file, options),
    )
  rules
    .command('test')
    .description('run the examples in a rule file and beside it (NAME.examples.yaml) / 运行规则示例')
    .argument('<file>')
    .option(...json)
    .action(async (file: string, options: JsonOption) =>
      (await import('../commands/rules.ts')).test(file, options),
    )
  rules
    .command('backtest')
    .description('what a candidate would have made of recorded transactions / 回测')
    .requiredOption('--rules <file>', 'the candidate: a rule file or a profile')
    .requiredOption(
      '--data <file...>',
      'CSV, JSON lines or ISO 20022, plain or gzip; several in order of time',
    )
    .option('--against <file>', 'the set to compare with (default: the set shipped with Weir)')
    .option('--labels <file>', 'txn_id, is_laundering, typology, pattern_id: also recall and precision')
    .option('--examples <n>', 'findings that differ to show', whole, 20)
    .option('--encoding <name>', 'utf-8 or gb18030 (default: found out)')
    .option(...json)
    .action(async (options: BacktestOptions) =>
      (await import('../commands/rules-backtest.ts')).backtest(options),
    )
  rules
    .command('report')
    .description('precision, drift, silent rules, thresholds to think about / 规则成效')
    .option('--days <n>', 'length of the period, compared with the one before', whole, 30)
    .option(...data)
    .option(...json)
    .action(async (options: ReportOptions) => (await import('../commands/rules-report.ts')).report(options))
  addSetCommands(rules)
  addRuleCommands(rules)
}

function addSetCommands(rules: Command): void {
  const step = (name: string, description: string, argument: string): Command =>
    rules
      .command(name)
      .description(description)
      .argument(argument)
      .option(...as)
      .option(...reason)
      .option(...data)
      .option(...json)
  step('draft', 'put a rule file on record, to be reviewed / 起草', '<file>').action(
    async (file: string, options: StepOptions) =>
      (await import('../commands/rules-life.ts')).draft(file, options),
  )
  step('review', 'sign what somebody else drafted, or reject it / 复核', '<set>')
    .option('--reject', 'send it back, with a reason')
    .action(async (set: string, options: StepOptions & { readonly reject?: boolean }) =>
      (await import('../commands/rules-life.ts')).review(set, options),
    )
  step('publish', 'put what was reviewed into force / 发布', '<set>').action(
    async (set: string, options: StepOptions) =>
      (await import('../commands/rules-life.ts')).publish(set, options),
  )
  step('retire', 'withdraw what is not in force / 撤回', '<set>').action(
    async (set: string, options: StepOptions) =>
      (await import('../commands/rules-life.ts')).retire(set, options),
  )
  rules
    .command('show')
    .description('what is on record, as a rule file, and how it differs from what is in force / 查看')
    .argument('<set>')
    .option(...data)
    .option(...json)
    .action(async (set: string, options: LogOptions & JsonOption) =>
      (await import('../commands/rules-life.ts')).show(set, options),
    )
  rules
    .command('status')
    .description(
      'which rules can find anything: facts never delivered are not the same as no hit / 数据是否到位',
    )
    .option(...data)
    .option(...json)
    .action(async (options: LogOptions & JsonOption) =>
      (await import('../commands/rules-status.ts')).status(options),
    )
  rules
    .command('history')
    .description('every step: who, when, why; what is in force / 经过')
    .option(...data)
    .option(...json)
    .action(async (options: LogOptions & JsonOption) =>
      (await import('../commands/rules-life.ts')).history(options),
    )
}

function addRuleCommands(rules: Command): void {
  rules
    .command('shadow')
    .description('run a candidate beside the set in force; nobody is warned / 影子运行')
    .argument('[file]', 'the candidate; with --off none')
    .option('--off', 'end it')
    .option(...as)
    .option(...reason)
    .option(...data)
    .option(...json)
    .action(async (file: string | undefined, options: StepOptions & { readonly off?: boolean }) =>
      (await import('../commands/rules-life.ts')).shadow(file, options),
    )
  rules
    .command('kill')
    .description('switch one rule off at once; one person suffices / 关停一条规则')
    .argument('<rule>', 'its id, e.g. R12')
    .option(...as)
    .option(...reason)
    .option(...data)
    .option(...json)
    .action(async (rule: string, options: StepOptions) =>
      (await import('../commands/rules-life.ts')).kill(rule, options),
    )
  rules
    .command('restore')
    .description('switch it on again; a second person confirms by the same command / 恢复,须另一人确认')
    .argument('<rule>', 'its id, e.g. R12')
    .option(...as)
    .option(...reason)
    .option(...data)
    .option(...json)
    .action(async (rule: string, options: StepOptions) =>
      (await import('../commands/rules-life.ts')).restore(rule, options),
    )
}
