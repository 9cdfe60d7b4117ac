/** What the figures of a machine mean for Weir. Pure: the looking is done in `look.ts`. */
import { ok, trouble } from './finding.ts'
import type { Finding } from './finding.ts'

const gigabyte = 1024 ** 3
const nodeMajor = 24

function gigabytes(bytes: number): string {
  return `${(bytes / gigabyte).toFixed(1)} GB`
}

/** @param version without `v`, e.g. `24.21.0` */
export function judgeNode(version: string): Finding {
  const isNew = Number.parseInt(version, 10) >= nodeMajor
  if (isNew) return ok('node', `Node ${version}`, `Node ${version}`)
  return trouble(
    'node',
    'fail',
    { zh: `Node ${version} 过旧`, en: `Node ${version} is too old` },
    {
      zh: `用 npm run 启动（项目自带 Node ${nodeMajor}），或安装 Node ${nodeMajor}`,
      en: `start through npm run, which uses the Node ${nodeMajor} that comes with the project, or install Node ${nodeMajor}`,
    },
  )
}

/** @param bytes that this process may use, limits of a container included */
export function judgeMemory(bytes: number): Finding {
  const size = gigabytes(bytes)
  const found = { zh: `内存 ${size}`, en: `${size} of memory` }
  if (bytes >= 3.5 * gigabyte) return ok('memory', found.zh, found.en)
  const mend = {
    zh: '至少需要 2 GB，建议 4 GB：增加内存，或用 WEIR_POSTGRES_URL 把数据库放到别处',
    en: '2 GB at least, 4 GB better: add memory, or keep the database elsewhere with WEIR_POSTGRES_URL',
  }
  return trouble('memory', bytes >= 1.75 * gigabyte ? 'warn' : 'fail', found, mend)
}

/** @param bytes free for this user where the data folder lies */
export function judgeDisk(bytes: number, folder: string): Finding {
  const size = gigabytes(bytes)
  const found = { zh: `${folder} 可用磁盘 ${size}`, en: `${size} free at ${folder}` }
  if (bytes >= 5 * gigabyte) return ok('disk', found.zh, found.en)
  const mend = {
    zh: '至少需要 1 GB，建议 5 GB：清理磁盘，或用 WEIR_DATA_DIRECTORY 换个位置',
    en: '1 GB at least, 5 GB better: make room, or choose another place with WEIR_DATA_DIRECTORY',
  }
  return trouble('disk', bytes >= gigabyte ? 'warn' : 'fail', found, mend)
}

/** @param years with an official holiday arrangement @param now in ms since 1970 */
export function judgeCalendar(years: readonly number[], now: number): Finding {
  const year = new Date(now + 8 * 3_600_000).getUTCFullYear()
  const mend = {
    zh: '国务院办公厅通常在 11 月公布次年安排：公布后请更新 Weir',
    en: 'the State Council usually announces next year in November: update Weir once it did',
  }
  if (!years.includes(year)) {
    const found = {
      zh: `日历没有 ${year} 年的节假日安排，期限按周一至周五估算`,
      en: `the calendar lacks ${year}: deadlines are reckoned Monday to Friday`,
    }
    return trouble('calendar', 'fail', found, mend)
  }
  if (years.includes(year + 1)) {
    return ok('calendar', `日历含 ${year} 与 ${year + 1} 年`, `the calendar covers ${year} and ${year + 1}`)
  }
  const found = {
    zh: `日历尚无 ${year + 1} 年的节假日安排，跨年期限为暂定`,
    en: `the calendar lacks ${year + 1}: deadlines beyond New Year are provisional`,
  }
  return trouble('calendar', 'warn', found, mend)
}

/** Weir did not exist before, and will be another program after. */
const clockRange = { from: Date.UTC(2026, 0, 1), to: Date.UTC(2100, 0, 1) }

/** @param now in ms since 1970 */
export function judgeClock(now: number): Finding {
  const shown = new Date(now).toISOString()
  if (now >= clockRange.from && now < clockRange.to)
    return ok('clock', `时钟 ${shown}`, `the clock says ${shown}`)
  return trouble(
    'clock',
    'fail',
    { zh: `时钟显示 ${shown}，不可信`, en: `the clock says ${shown}, which cannot be` },
    {
      zh: '校准系统时间（如 timedatectl set-ntp true）：期限以此为准',
      en: 'set the system time (timedatectl set-ntp true): deadlines are measured by it',
    },
  )
}

/** @param mode permission bits of the key file, undefined when there is none */
export function judgeKeyFile(mode: number | undefined, file: string): Finding {
  if (mode === undefined) return ok('key_file', '尚无密钥文件', 'no key file yet')
  if ((mode & 0o077) === 0) return ok('key_file', '密钥文件只有本人可读', 'only its owner reads the key file')
  return trouble(
    'key_file',
    'warn',
    { zh: `其他用户可读密钥文件 ${file}`, en: `other users of this machine may read the key file ${file}` },
    { zh: `chmod 600 ${file}`, en: `chmod 600 ${file}` },
  )
}

/** What of this machine could run a Kafka. */
export interface KafkaMeans {
  /** What KAFKA_BROKERS says. */
  readonly named: string | undefined
  readonly docker: boolean
  /** Version of Java, when it is new enough. */
  readonly java: string | undefined
  /** Maven, or what it would download. */
  readonly jars: boolean
}

/** Always fine: the embedded mode needs no Kafka. */
export function judgeKafka({ named, docker, java, jars }: KafkaMeans): Finding {
  if (named !== undefined) {
    return ok('kafka', `KAFKA_BROKERS 指定了 ${named}`, `KAFKA_BROKERS names ${named}`)
  }
  if (docker) return ok('kafka', '`weir kafka up` 可用 Docker', '`weir kafka up` can use Docker')
  if (java !== undefined && jars) {
    return ok('kafka', `\`weir kafka up\` 可用 Java ${java}`, `\`weir kafka up\` can use Java ${java}`)
  }
  const missing =
    java === undefined ? { zh: '无 Java 17+', en: 'no Java 17+' } : { zh: '无 Maven', en: 'no Maven' }
  return ok(
    'kafka',
    `没有 Docker，${missing.zh}：本机不能 \`weir kafka up\`（内嵌模式不需要 Kafka）`,
    `no Docker and ${missing.en}: \`weir kafka up\` cannot start a broker here (the embedded mode needs none)`,
  )
}
