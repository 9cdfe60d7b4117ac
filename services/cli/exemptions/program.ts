/** The commands below `weir exemptions`, and `weir outcomes`. Each loads what it needs only when it is called. */
import type { Command } from 'commander'
import type { GrantOptions, ListOptions, RevokeOptions } from '../commands/exemptions.ts'
import type { OutcomesOptions } from '../commands/outcomes.ts'
import { whole } from '../terminal.ts'

const json = ['--json', 'print the result as JSON'] as const
const data = ['--data <dir>', 'data directory (default: WEIR_DATA_DIRECTORY)'] as const
const subject = ['--subject <id>', "the source's own id of the person or enterprise"] as const
const account = ['--account <number>', 'or its account, where the source gives no id'] as const

const kinds = `
Kinds 类型: own_name, regulated_body, payroll, house_purchase, court_or_government, registered_private_lending,
licensed_institution, supply_chain_pair, insurance_or_lottery, seasonal_settlement.
An exemption keeps R01, R02, R03 and the yellow level of R12 from being warnings, never what is red; each such hit becomes an
outcome (weir outcomes --kind exempted). With a counterparty, payments with it are left out of what is counted.
豁免不适用于红色预警;被豁免的命中留痕可查。
Exit codes: 0 done or done before, 2 usage, 3 refused, 4 no such exemption.`

/** Adds `weir exemptions` to the program. */
export function addExemptionsCommands(program: Command): void {
  const exemptions = program
    .command('exemptions')
    .description('who is exempted from what, until when / 豁免')
    .addHelpText('after', kinds)
  exemptions
    .command('grant')
    .description('exempt a subject for a time, approved by a second person / 批准豁免')
    .requiredOption('--kind <kind>', 'why it may be exempted, see weir exemptions --help')
    .option(...subject)
    .option(...account)
    .option('--counterparty <id>', 'only payments with this party')
    .option('--counterparty-account <number>', 'or its account')
    .option('--rules <ids>', 'e.g. R01,R12 (default: those of the kind)')
    .option('--from <day>', 'first day, or a time (default: today)')
    .requiredOption('--until <day>', 'last day, or the time at which it ends')
    .requiredOption('--reason <text>', 'why, for the record; no ids or account numbers')
    .requiredOption('--applicant <person>', 'who applied for it')
    .requiredOption('--approver <person>', 'who approved it: somebody else')
    .option(...data)
    .option(...json)
    .action(async (options: GrantOptions) => (await import('../commands/exemptions.ts')).grant(options))
  exemptions
    .command('revoke')
    .description('end it before its time / 撤销豁免')
    .argument('<id>', 'as list prints it')
    .requiredOption('--reason <text>', 'why, for the record')
    .option('--as <person>', 'who you are, for the record (default: the user of this system)')
    .option('--at <time>', 'from this event time on it holds no more (default: now)')
    .option(...data)
    .option(...json)
    .action(async (id: string, options: RevokeOptions) =>
      (await import('../commands/exemptions.ts')).revoke(id, options),
    )
  exemptions
    .command('list')
    .description('those that have not ended / 查看豁免')
    .option(...subject)
    .option(...account)
    .option('--all', 'also those that ended')
    .option(...data)
    .option(...json)
    .action(async (options: ListOptions) => (await import('../commands/exemptions.ts')).list(options))
}

/** Adds `weir outcomes` to the program. */
export function addOutcomesCommand(program: Command): void {
  program
    .command('outcomes')
    .description('what could not be scored, came too late, or was exempted / 未评分与已豁免')
    .option('--kind <kind>', 'unscored, late or exempted')
    .option('--rule <id>', 'only those that name this rule')
    .option(...subject)
    .option(...account)
    .option('--since <day>', 'event time, from this day on')
    .option('--limit <n>', 'how many of the newest to show', whole, 20)
    .option(...data)
    .option(...json)
    .action(async (options: OutcomesOptions) => (await import('../commands/outcomes.ts')).outcomes(options))
}
