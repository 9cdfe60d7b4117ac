import { lintRuleFile } from '../../warn/app.ts'
import { exitCodes, printJson, say } from '../terminal.ts'

/** Checks a rule file; exit code 3 when it has problems. */
export async function lint(file: string, options: { readonly json?: boolean }): Promise<void> {
  const problems = await lintRuleFile(file)
  if (options.json === true) printJson({ file, problems })
  else if (problems.length === 0) say(`${file}: no problems 没有问题`)
  else for (const problem of problems) say(`${file}: ${problem.path} ${problem.message}`)
  if (problems.length > 0) process.exitCode = exitCodes.validation
}
