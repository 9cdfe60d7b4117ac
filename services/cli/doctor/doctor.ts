/** `weir doctor`: what is wrong with this machine, and how to mend it. */
import type { Bilingual } from '../../../schemas/http/common.ts'
import { chinaCalendar } from '../../platform/calendar/china.ts'
import { ConfigError, loadConfig } from '../../platform/config/config.ts'
import type { Config } from '../../platform/config/config.ts'
import { ok, worst } from './finding.ts'
import type { DoctorReport, Finding } from './finding.ts'
import { judgeCalendar, judgeClock, judgeNode } from './judge.ts'
import {
  lookAtBrowser,
  lookAtDatabase,
  lookAtDataDirectory,
  lookAtDisk,
  lookAtFont,
  lookAtKafka,
  lookAtKeyFile,
  lookAtLog,
  lookAtMemory,
  lookAtPort,
} from './look.ts'

const readReference: Bilingual = {
  zh: '见 docs/configuration.md；`weir config` 打印生效的设置',
  en: 'docs/configuration.md lists all settings; `weir config` prints those in force',
}

/** Reads the configuration; a wrong one becomes findings, and the defaults stand in for the rest of the examination. */
function examineConfig(environment: NodeJS.ProcessEnv): { config: Config; findings: Finding[] } {
  try {
    const config = loadConfig(environment)
    return { config, findings: [ok('configuration', '配置无误', 'the configuration is sound')] }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    const findings = error.problems.map(({ variable, problem }): Finding => {
      const found = { zh: `${variable} ${problem.zh}`, en: `${variable} ${problem.en}` }
      return { check: 'configuration', status: 'fail', found, mend: readReference }
    })
    return { config: loadConfig({}), findings }
  }
}

/**
 * Examines the machine with the settings of an environment. Changes nothing, leaves nothing behind.
 * @param now ms since 1970
 */
export async function doctor(
  environment: NodeJS.ProcessEnv = process.env,
  now = Date.now(),
): Promise<DoctorReport> {
  const { config, findings } = examineConfig(environment)
  const { dataDirectory, postgresUrl } = config
  findings.push(
    judgeNode(process.versions.node),
    lookAtMemory(),
    lookAtDisk(dataDirectory),
    lookAtDataDirectory(dataDirectory),
    lookAtKeyFile(dataDirectory),
    await lookAtPort('WEIR_HTTP_PORT', config.httpHost, config.httpPort),
    await lookAtPort('WEIR_METRICS_PORT', config.metricsHost, config.metricsPort),
    ...(config.mode === 'embedded' ? [await lookAtLog()] : []),
    await lookAtDatabase(
      postgresUrl === undefined ? { kind: 'pglite' } : { kind: 'postgres', url: postgresUrl.reveal() },
    ),
    await lookAtKafka(environment),
    judgeCalendar(chinaCalendar.years, now),
    judgeClock(now),
    lookAtBrowser(),
    lookAtFont(),
  )
  return { status: worst(findings), findings }
}

const marks = { ok: '✓', warn: '!', fail: '✗' } as const

/** The report as lines for people, in one language. */
export function renderReport({ findings }: DoctorReport, language: keyof Bilingual): string {
  return findings
    .flatMap(({ status, found, mend }) => [
      `${marks[status]} ${found[language]}`,
      ...(mend === undefined ? [] : [`    → ${mend[language]}`]),
    ])
    .join('\n')
}
