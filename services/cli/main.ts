/** The `weir` command (target.md 5). Every command loads what it needs only when it is called, so that help is instant. */
import { Command, Option } from 'commander'
import type { BenchEngineOptions, BenchLatencyOptions, BenchPipelineOptions } from './commands/bench.ts'
import type { DemoOptions } from './commands/demo.ts'
import type { DetectionOptions } from './commands/detection.ts'
import type { DlqListOptions, DlqReplayOptions } from './commands/dlq.ts'
import type { KafkaOptions, KafkaUpOptions } from './commands/kafka.ts'
import type { IngestCommandOptions } from './commands/ingest.ts'
import type { ReplayCommandOptions } from './commands/replay.ts'
import type { SimulateOptions } from './commands/simulate.ts'
import type { TopicsAclsOptions, TopicsApplyOptions } from './commands/topics.ts'
import type { StartOptions } from './commands/start.ts'
import { kafkaVersionDefault } from '../platform/broker/versions.ts'
import { weirVersion } from '../platform/telemetry/version.ts'
import { addExemptionsCommands, addOutcomesCommand } from './exemptions/program.ts'
import { addRulesCommands } from './rules/program.ts'
import { CommandError, exitCodes, printJson, say, whole } from './terminal.ts'

interface JsonOption {
  readonly json?: boolean
}

const program = new Command('weir')
  .description('Weir 堰: watches money flows, warns early, and lets no warning die quietly.')
  .version(weirVersion(), '-V, --version', 'print the version')
  .enablePositionalOptions()
  .showHelpAfterError('(weir --help lists the commands)')
  .helpOption('-h, --help', 'show help / 显示帮助')
  .addHelpText(
    'after',
    '\nData goes to stdout, progress to stderr. Exit codes: 0 ok, 1 failure, 2 usage, 3 invalid input, 4 not found, 5 partly done.',
  )

/** An option that may be given several times. */
const collected = (value: string, before: readonly string[]): readonly string[] => [...before, value]

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
  .option('--data <dir>', 'data directory (default: .weir/demo, on Kafka .weir/demo-kafka)')
  .option('--port <n>', 'port of the web page (0 = any free one)', whole)
  .option('--kafka <brokers>', 'run on Kafka: host:port, comma-separated; needs --postgres')
  .option('--postgres <url>', 'keep the tables in this PostgreSQL database, which must be empty')
  .option('--reset', 'throw away an earlier demo first')
  .addHelpText(
    'after',
    `
On Kafka a demo has topics of its own, weir-demo-<id>.…; the id is in demo.json of its data directory. In PostgreSQL it has the
schemas casework, supervise and platform, marked with that id; a database that holds others is refused.
--reset deletes the data directory, and with --kafka and --postgres that demo's topics and schemas. Nothing else is deleted.
--reset 删除数据文件夹,以及(给出 --kafka 与 --postgres 时)这场演示自己的主题与模式;其他一概不动。`,
  )
  .action(async (options: DemoOptions) => (await import('./commands/demo.ts')).demo(options))

program
  .command('start')
  .description('run the services on their own clock (configuration: WEIR_… variables) / 启动服务')
  .argument('[service...]', 'ingest, warn, warn-split, warn-score, casework, supervise, web (default: all)')
  .option('--json', 'print a line for every start, end and readiness')
  .addHelpText(
    'after',
    `
Embedded (the default) without names: all services in one process.
WEIR_MODE=cluster without names, or several names: each service in a process of its own, started again when it ends; its
metrics are at WEIR_METRICS_PORT, the next process's one port above. A name given twice is two processes.
One name: that service, in this process (for containers and service managers).
内置模式不写服务名:全部在一个进程;集群模式或写多个名称:每个服务一个进程,意外结束会重启;只写一个名称:在本进程运行。

Exit codes: 0 stopped as asked, 1 a service failed for good, 2 the configuration is wrong.`,
  )
  .action(async (services: string[], options: StartOptions) =>
    (await import('./commands/start.ts')).start(services, options),
  )

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
  .option('--story <rule>', 'instead of a district: the story of one rule that fires it, e.g. R12')
  .option('--below', 'with --story: the one that stays just below its line')
  .option(
    '--facts <dir>',
    'with --story: write what is no payment (suits, lists, new accounts …) here, a file per kind',
  )
  .option('--json', 'print a summary as JSON (with --out FILE)')
  .action(async (options: SimulateOptions) =>
    (await import('./commands/simulate.ts')).simulateCommand(options),
  )

program
  .command('ingest')
  .description('take in transactions, or with --facts what is known besides / 导入交易或其他事实')
  .argument('<path>', 'a file, or with --follow a folder')
  .option('--follow', 'keep taking in files that appear in the folder')
  .option('--encoding <name>', 'utf-8 or gb18030 (default: found out)')
  .option('--source <id>', 'who delivered it, where the file does not say')
  .option('--facts <kind>', 'the CSV holds facts of this kind, e.g. lawsuit (docs/spec/ingest.md)')
  .option('--basis <text>', 'with --facts: legal basis of the delivery, where the file does not say')
  .option('--purpose <words>', 'with --facts: allowed purposes joined with ;, where the file does not say')
  .option('--words <file>', 'with --facts registration: watch words besides those of the law, one a line')
  .option('--data <dir>', 'data directory (default: WEIR_DATA_DIRECTORY)')
  .option('--json', 'print the summary as JSON')
  .action(async (path: string, options: IngestCommandOptions) =>
    (await import('./commands/ingest.ts')).ingest(path, options),
  )

program
  .command('replay')
  .description(
    'score a file you hold, with no server; or fold a log anew and compare / 离线回放评分，或重放日志核对',
  )
  .argument('[file]', 'CSV, JSON lines or ISO 20022, plain or gzip')
  .option(
    '--log [dir]',
    'what a log recorded, with its rule sets: a data folder (default: the configured log)',
  )
  .option('--rules <file>', 'rule file (default: the set shipped with Weir)')
  .option('--facts <kind=file>', 'facts to score with, e.g. list_entry=lists.csv; repeatable', collected, [])
  .option('--out <dir>', 'where warnings.ndjson and summary.json go', 'replay')
  .option('--encoding <name>', 'utf-8 or gb18030 (default: found out)')
  .option('--json', 'print the summary as JSON')
  .action(async (file: string | undefined, options: ReplayCommandOptions) =>
    (await import('./commands/replay.ts')).replay(file, options),
  )

program
  .command('detection')
  .description('judge a rule set by labelled data: what it finds, how early, at what cost / 检出报告')
  .requiredOption(
    '--data <dir>',
    'transactions.csv and labels.csv, plain or .gz; or trans.asc of the Berka bank',
  )
  .option('--rules <file>', 'rule file or profile (default: the set shipped with Weir)')
  .option('--min-level <level>', 'count warnings from this level on: blue, yellow, orange, red', 'blue')
  .option('--half <n>', 'only one half of the patterns, 1 or 2: choose on one, report on the other')
  .option('--json', 'print the report as JSON')
  .action(async (options: DetectionOptions) => (await import('./commands/detection.ts')).detection(options))

addRulesCommands(program)
addExemptionsCommands(program)
addOutcomesCommand(program)

const dlq = program.command('dlq').description('records set aside: dead letters / 死信')
const dlqJson = ['--json', 'print the result as JSON'] as const
const dlqData = ['--data <dir>', 'data directory (default: WEIR_DATA_DIRECTORY)'] as const
dlq
  .command('list')
  .description('how many there are, by topic and reason / 按主题与原因统计')
  .option('--topic <name>', 'a dead-letter topic, or the topic its records come from')
  .option('--reason <reason>', 'only those set aside for this reason')
  .option('--each', 'also list them one by one')
  .option('--limit <n>', 'how many --each lists', whole, 100)
  .option(...dlqData)
  .option(...dlqJson)
  .action(async (options: DlqListOptions) => (await import('./commands/dlq.ts')).dlqList(options))
dlq
  .command('show')
  .description('one of them with its facts and what can be read of it / 查看一条死信')
  .argument('<place>', 'TOPIC/PARTITION/OFFSET, as list prints it')
  .option(...dlqData)
  .option(...dlqJson)
  .action(async (place: string, options: JsonOption) =>
    (await import('./commands/dlq.ts')).dlqShow(place, options),
  )
dlq
  .command('replay')
  .description('publish them again where they came from, each once, on record / 重放死信')
  .argument('[topic]', 'a dead-letter topic, the topic its records come from, or one place (default: all)')
  .option('--reason <reason>', 'only those set aside for this reason')
  .option('--offset <offsets>', 'only these, e.g. 7 or 1,4-6; needs one topic')
  .option('--rate <n>', 'at most so many per second, e.g. 20 or 20/s')
  .option('--tries <n>', 'leave alone what came back after so many replays', whole, 3)
  .option('--dry-run', 'say what would be replayed and write nothing')
  .option('--by <user>', 'who replays, for the audit (default: the user of this system)')
  .option('--why <text>', 'why, for the audit')
  .option(...dlqData)
  .option(...dlqJson)
  .action(async (topic: string | undefined, options: DlqReplayOptions) =>
    (await import('./commands/dlq.ts')).dlqReplay(topic, options),
  )

const topics = program.command('topics').description('topics as code / 主题管理')
topics
  .command('plan')
  .description('what apply would do, without doing it / 查看将做的更改')
  .option('--json', 'print the plan as JSON')
  .action(async (options: JsonOption) => (await import('./commands/topics.ts')).topicsPlan(options))
topics
  .command('apply')
  .description('make and alter topics, register schemas; deletes nothing / 建立与修改主题，不删除')
  .option('--acls', 'also give every user its permissions')
  .option('--json', 'print what was done as JSON')
  .action(async (options: TopicsApplyOptions) => (await import('./commands/topics.ts')).topicsApply(options))
topics
  .command('acls')
  .description('who may do what, and nothing more / 各用户的最小权限')
  .addOption(
    new Option('--format <name>', 'commands for kafka-acls.sh, or a table')
      .choices(['kafka-acls', 'table'])
      .default('kafka-acls'),
  )
  .option('--json', 'print it as JSON')
  .action(async (options: TopicsAclsOptions) => (await import('./commands/topics.ts')).topicsAcls(options))

const kafka = program.command('kafka').description('an Apache Kafka for this machine / 本机的 Kafka')
kafka
  .command('up')
  .description('start it, by Docker or by Java, and print its address / 启动并打印地址')
  .option('--version <v>', 'Kafka version', kafkaVersionDefault)
  .option('--port <n>', 'port of the broker (0 = any free one)', whole, 9092)
  .option('--data <dir>', 'data directory', '.weir/kafka')
  .option('--with <what>', 'docker or java (default: Docker where it answers)')
  .option('--heap <mb>', 'memory for the broker that Java runs', whole, 1024)
  .option('--registry', 'also start a schema registry and print its address')
  .option('--registry-port <n>', 'port of the registry (0 = any free one)', whole, 8081)
  .option('--json', 'print where it is as JSON')
  .addHelpText('after', '\nWith KAFKA_BROKERS set nothing is started: it only has to answer.')
  .action(async (options: KafkaUpOptions) => (await import('./commands/kafka.ts')).kafkaUp(options))
for (const [name, description] of [
  ['status', 'say whether it runs, and where / 查看状态'],
  ['down', 'stop it, keep its data / 停止，保留数据'],
] as const) {
  kafka
    .command(name)
    .description(description)
    .option('--data <dir>', 'data directory', '.weir/kafka')
    .option('--json', 'print it as JSON')
    .action(async (options: KafkaOptions) => {
      const commands = await import('./commands/kafka.ts')
      await (name === 'status' ? commands.kafkaStatus(options) : commands.kafkaDown(options))
    })
}

const bench = program.command('bench').description('how fast this machine is / 性能测量')
bench
  .command('engine')
  .description('what the fold of both stages costs one core, without log and broker / 引擎单核性能')
  .option('--subjects <n>', 'different subjects', whole, 1_000_000)
  .option(
    '--transactions <n>',
    'payments, two flows each (default: twice the subjects, at least a million)',
    whole,
  )
  .option('--json', 'print the figures as JSON')
  .action(async (options: BenchEngineOptions) =>
    (await import('./commands/bench.ts')).benchEngineCommand(options),
  )
bench
  .command('pipeline')
  .description('throughput of a backlog on a real broker, beside a raw consumer / 积压处理吞吐量')
  .option('--transactions <n>', 'size of the backlog', whole, 1_000_000)
  .option('--subjects <n>', 'persons and enterprises in it', whole, 100_000)
  .option('--partitions <n>', 'partitions of every topic', whole, 4)
  .option('--days <n>', 'days of event time in it', whole, 10)
  .option('--runs <n>', 'runs; the medians are printed', whole, 3)
  .option('--seconds-max <n>', 'begin no run that would end later', whole, 55)
  .option('--profile <dir>', 'profile the stages and keep the profiles there')
  .option('--json', 'print the figures as JSON')
  .addHelpText('after', '\nStarts a broker of its own (Java) unless WEIR_KAFKA_BROKERS names one.')
  .action(async (options: BenchPipelineOptions) =>
    (await import('./commands/bench.ts')).benchPipelineCommand(options),
  )
bench
  .command('latency')
  .description('from the time a payment is due to its warning being readable / 预警延迟')
  .option('--rate <n>', 'payments a second, at fixed times', whole, 10_000)
  .option('--seconds <n>', 'measured seconds', whole, 60)
  .option('--warm-up <n>', 'seconds before, which do not count', whole, 20)
  .option('--subjects <n>', 'persons and enterprises', whole, 100_000)
  .option('--partitions <n>', 'partitions of every topic', whole, 4)
  .option('--json', 'print the figures as JSON')
  .addHelpText('after', '\nStarts a broker of its own (Java) unless WEIR_KAFKA_BROKERS names one.')
  .action(async (options: BenchLatencyOptions) =>
    (await import('./commands/bench.ts')).benchLatencyCommand(options),
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
  const reason = error instanceof CommandError && error.reason !== undefined ? { code: error.reason } : {}
  if (process.argv.includes('--json')) printJson({ error: message, ...reason })
  say(isExpected || !(error instanceof Error) ? `weir: ${message}` : (error.stack ?? message))
  process.exitCode = error instanceof CommandError ? error.exitCode : exitCodes.failure
}

try {
  await program.parseAsync(process.argv)
} catch (error) {
  report(error)
}
