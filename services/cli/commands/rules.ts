import { lintRuleFile, loadExamples, loadRuleSet, runExample } from '../../warn/app.ts'
import type { ExampleResult } from '../../warn/app.ts'
import { CommandError, exitCodes, printJson, say } from '../terminal.ts'

interface JsonOption {
  readonly json?: boolean
}

/** Checks a rule file; exit code 3 when it has problems. */
export async function lint(file: string, options: JsonOption): Promise<void> {
  const problems = await lintRuleFile(file)
  if (options.json === true) printJson({ file, problems })
  else if (problems.length === 0) say(`${file}: no problems 没有问题`)
  else for (const problem of problems) say(`${file}: ${problem.path} ${problem.message}`)
  if (problems.length > 0) process.exitCode = exitCodes.validation
}

/** Runs the examples of a rule file and says which do not hold; exit code 3 when one does not. */
export async function test(file: string, options: JsonOption): Promise<void> {
  const set = await loadRuleSet(file)
  const examples = await loadExamples(file)
  if (examples.length === 0) {
    throw new CommandError(
      `${file} 没有示例 / has no examples: write them under "examples:" in it, or into NAME.examples.yaml beside it`,
      exitCodes.notFound,
    )
  }
  const results = examples.map((example) => runExample(set, example))
  const failed = results.filter(({ missing, unexpected }) => missing.length + unexpected.length > 0)
  if (options.json === true) printJson({ file, examples: results.length, failed })
  else for (const line of testLines(file, results.length, failed)) process.stdout.write(`${line}\n`)
  if (failed.length > 0) process.exitCode = exitCodes.validation
}

function testLines(file: string, count: number, failed: readonly ExampleResult[]): string[] {
  return [
    ...failed.flatMap(({ name, missing, unexpected }) => [
      `✗ ${name}`,
      ...missing.map((hit) => `    未命中 missing: ${hit}`),
      ...unexpected.map((hit) => `    意外命中 unexpected: ${hit}`),
    ]),
    `${file}: ${count - failed.length} / ${count} 个示例成立 examples hold`,
  ]
}
