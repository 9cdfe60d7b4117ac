/** The `weir` command (target.md 5). Every command loads what it needs only when it is called, so that help is instant. */
import { Command } from 'commander'
import type { DemoOptions } from './commands/demo.ts'
import type { IngestCommandOptions } from './commands/ingest.ts'
import type { ReplayCommandOptions } from './commands/replay.ts'
import type { SimulateOptions } from './commands/simulate.ts'
import { weirVersion } from '../platform/telemetry/version.ts'
import { CommandError, exitCodes, printJson, say } from './terminal.ts'

interface JsonOption {
  readonly json?: boolean
}

const program = new Command('weir')
  .description('Weir 堰: watches money flows, warns early, and lets no warning die quietly.')
  .version(weirVersion(), '-V, --version', 'print the version')
  .showHelpAfterError('(weir --help lists the commands)')
  .helpOption('-h, --help', 'show help / 显示帮助')
  .addHelpText(
    'after',
    '\nData goes to stdout, progress to stderr. Exit codes: 0 ok, 1 failure, 2 usage, 3 invalid input, 4 not found, 5 partly done.',
  )

const whole = (text: string): number => {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new CommandError(`"${text}" is not a whole number`, exitCodes.usage)
  }
  return value
}

program
  .command('demo')
  .description('a simulated district, live, in one process / 模拟辖区演示')
  .option('--once', 'run to the end without a browser, then print a summary')
  .option('--json', 'print the summary as JSON')
  .option('--no-crew', 'nobody plays the departments: you do')
  .option('--transactions <n>', 'rows to simulate', whole, 50_000)
  .option('--days <n>', 'days to simulate', whole, 120)
  .option('--seed <n>', 'another seed tells other stories', whole, 331_004)
  .option('--start <date>', 'first simulated day, YYYY-MM-DD (default: so that the story ends about today)')
  .option('--pace <minutes>', 'district minutes per second once history is told', whole)
  .option('--history <share>', 'per cent of the story told at once at the start', whole)
  .option('--data <dir>', 'data directory', '.weir/demo')
  .option('--port <n>', 'port of the web page (0 = any free one)', whole)
  .option('--reset', 'throw away an earlier demo first')
  .action(async (options: DemoOptions) => (await import('./commands/demo.ts')).demo(options))

program
  .command('start')
  .description('run the services on their own clock (configuration: WEIR_… variables) / 启动服务')
  .argument('[service...]', 'ingest, warn, casework, supervise, web (default: all)')
  .action(async (services: string[]) => (await import('./commands/start.ts')).start(services))

program
  .command('simulate')
  .description('write simulated transactions with labels as CSV / 生成模拟交易')
  .option('--transactions <n>', 'rows', whole, 50_000)
  .option('--days <n>', 'days', whole, 120)
  .option('--seed <n>', 'seed', whole, 331_004)
  .option('--start <date>', 'first day, YYYY-MM-DD', '2026-03-02')
  .option('--disorder <minutes>', 'rows may come this late, at most 30', whole, 0)
  .option('--out <file>', 'CSV file, .gz compresses; - is stdout', '-')
  .option('--labels <file>', 'also write the labels here')
  .option('--json', 'print a summary as JSON (with --out FILE)')
  .action(async (options: SimulateOptions) =>
    (await import('./commands/simulate.ts')).simulateCommand(options),
  )

program
  .command('ingest')
  .description('take in transactions: CSV, JSON lines or ISO 20022, plain or gzip / 导入交易')
  .argument('<path>', 'a file, or with --follow a folder')
  .option('--follow', 'keep taking in files that appear in the folder')
  .option('--encoding <name>', 'utf-8 or gb18030 (default: found out)')
  .option('--source <id>', 'who delivered it, where the file does not say')
  .option('--data <dir>', 'data directory (default: WEIR_DATA_DIRECTORY)')
  .option('--json', 'print the summary as JSON')
  .action(async (path: string, options: IngestCommandOptions) =>
    (await import('./commands/ingest.ts')).ingest(path, options),
  )

program
  .command('replay')
  .description('score a file you hold, with no server / 离线回放评分')
  .argument('<file>', 'CSV, JSON lines or ISO 20022, plain or gzip')
  .option('--rules <file>', 'rule file (default: the set shipped with Weir)')
  .option('--out <dir>', 'where warnings.ndjson and summary.json go', 'replay')
  .option('--encoding <name>', 'utf-8 or gb18030 (default: found out)')
  .option('--json', 'print the summary as JSON')
  .action(async (file: string, options: ReplayCommandOptions) =>
    (await import('./commands/replay.ts')).replay(file, options),
  )

const rules = program.command('rules').description('rule sets / 规则')
rules
  .command('lint')
  .description('check a rule file, all problems at once / 检查规则文件')
  .argument('<file>')
  .option('--json', 'print the problems as JSON')
  .action(async (file: string, options: JsonOption) =>
    (await import('./commands/rules.ts')).lint(file, options),
  )

program
  .command('doctor')
  .description('what is wrong with this machine and how to mend it / 检查本机环境')
  .option('--json', 'print the findings as JSON')
  .action(async (options: JsonOption) => (await import('./commands/doctor.ts')).doctorCommand(options))

program
  .command('config')
  .description('print the settings in force, secrets hidden / 查看配置')
  .option('--reference', 'print the reference of all settings as Markdown')
  .action(async (options: { readonly reference?: boolean }) =>
    (await import('./commands/config.ts')).config(options),
  )

/** Prints an error for people, or for machines when --json was asked for, and sets the exit code. */
function report(error: unknown): void {
  const isExpected = error instanceof CommandError || (error instanceof Error && 'code' in error)
  const message = error instanceof Error ? error.message : String(error)
  if (process.argv.includes('--json')) printJson({ error: message })
  say(isExpected || !(error instanceof Error) ? `weir: ${message}` : (error.stack ?? message))
  process.exitCode = error instanceof CommandError ? error.exitCode : exitCodes.failure
}

try {
  await program.parseAsync(process.argv)
} catch (error) {
  report(error)
}
