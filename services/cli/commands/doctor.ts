import { doctor, renderReport } from '../doctor/doctor.ts'
import { exitCodes, printJson } from '../terminal.ts'

/** Looks at this machine; exit code 1 when Weir will not run on it as it is. */
export async function doctorCommand(options: { readonly json?: boolean }): Promise<void> {
  const report = await doctor()
  if (options.json === true) printJson(report)
  else process.stdout.write(`${renderReport(report, process.env['WEIR_LANGUAGE'] === 'en' ? 'en' : 'zh')}\n`)
  if (report.status === 'fail') process.exitCode = exitCodes.failure
}
