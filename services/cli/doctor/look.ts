/** Looks at the machine: every function tries the real thing and reports what came of it. */
import { existsSync, mkdtempSync, rmSync, statfsSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir, totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import { open } from 'lmdb'
import { dockerAnswers } from '../../platform/broker/docker.ts'
import { hasKafka } from '../../platform/broker/download.ts'
import { checkJava, hasMaven, toolsOf } from '../../platform/broker/tools.ts'
import { kafkaVersionDefault } from '../../platform/broker/versions.ts'
import { openDatabase } from '../../platform/store/open.ts'
import type { DatabaseOptions } from '../../platform/store/open.ts'
import { ok, trouble } from './finding.ts'
import type { Finding } from './finding.ts'
import { judgeDisk, judgeKafka, judgeKeyFile, judgeMemory } from './judge.ts'

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** The folder itself, or the nearest one above it that exists. */
function existing(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : existing(dirname(folder))
}

/** Memory this process may use: the machine's, or a container's limit. */
export function lookAtMemory(): Finding {
  const limit = process.constrainedMemory()
  return judgeMemory(limit > 0 ? Math.min(limit, totalmem()) : totalmem())
}

/** Free disk where the data folder lies or will lie. */
export function lookAtDisk(dataDirectory: string): Finding {
  const folder = existing(dataDirectory)
  const { bavail, bsize } = statfsSync(folder)
  return judgeDisk(bavail * bsize, folder)
}

/** Whether the data folder can be written, by writing beside its content. */
export function lookAtDataDirectory(dataDirectory: string): Finding {
  const folder = existing(dataDirectory)
  try {
    rmSync(mkdtempSync(join(folder, '.weir-doctor-')), { recursive: true })
    return ok(
      'data_directory',
      `数据文件夹 ${dataDirectory} 可写`,
      `the data folder ${dataDirectory} can be written`,
    )
  } catch (error) {
    return trouble(
      'data_directory',
      'fail',
      { zh: `不能写入 ${folder}：${reason(error)}`, en: `cannot write to ${folder}: ${reason(error)}` },
      {
        zh: `授予当前用户写权限，或用 WEIR_DATA_DIRECTORY 换个位置`,
        en: `give this user write permission, or choose another place with WEIR_DATA_DIRECTORY`,
      },
    )
  }
}

/** Permissions of the key file in the data folder. */
export function lookAtKeyFile(dataDirectory: string): Finding {
  const file = join(dataDirectory, 'keys.json')
  return judgeKeyFile(statSync(file, { throwIfNoEntry: false })?.mode, file)
}

/** Whether a port is free, by listening on it for a moment. */
export async function lookAtPort(variable: string, host: string, port: number): Promise<Finding> {
  const check = variable.toLowerCase().replace('weir_', '')
  const server = createServer()
  const { promise, resolve } = Promise.withResolvers<NodeJS.ErrnoException | undefined>()
  server.once('error', resolve)
  server.listen({ host, port, exclusive: true }, () => {
    server.close(() => {
      resolve(undefined)
    })
  })
  const error = await promise
  if (error === undefined) return ok(check, `端口 ${host}:${port} 可用`, `port ${host}:${port} is free`)
  const inUse = error.code === 'EADDRINUSE'
  return trouble(
    check,
    inUse ? 'warn' : 'fail',
    inUse
      ? { zh: `端口 ${host}:${port} 已被占用`, en: `port ${host}:${port} is in use` }
      : {
          zh: `不能监听 ${host}:${port}：${error.message}`,
          en: `cannot listen on ${host}:${port}: ${error.message}`,
        },
    {
      zh: `若不是 Weir 正在运行，请停止占用者或设置 ${variable}`,
      en: `unless Weir is running already, stop what uses it or set ${variable}`,
    },
  )
}

/** Whether the embedded log's native module loads and stores, in a folder of its own. */
export async function lookAtLog(): Promise<Finding> {
  const folder = mkdtempSync(join(tmpdir(), 'weir-doctor-'))
  try {
    const environment = open({ path: folder })
    await environment.put('key', 'value')
    const value: unknown = environment.get('key')
    await environment.close()
    if (value !== 'value') throw new Error('what was written was not read back')
    return ok('embedded_log', '内置日志（LMDB）可用', 'the embedded log (LMDB) works')
  } catch (error) {
    return trouble(
      'embedded_log',
      'fail',
      { zh: `LMDB 无法使用：${reason(error)}`, en: `LMDB does not work: ${reason(error)}` },
      {
        zh: `删除 node_modules 后重新运行 npm ci（需 @lmdb/lmdb-${process.platform}-${process.arch}）`,
        en: `remove node_modules and run npm ci again (it needs @lmdb/lmdb-${process.platform}-${process.arch})`,
      },
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Whether the database answers: PostgreSQL where one is configured, else the built-in one in memory. */
export async function lookAtDatabase(options: DatabaseOptions): Promise<Finding> {
  const isBuiltIn = options.kind === 'pglite'
  try {
    const database = await openDatabase(options)
    await database.ping()
    await database.close()
    return isBuiltIn
      ? ok('database', '内置数据库（PGlite）可用', 'the built-in database (PGlite) works')
      : ok('database', 'PostgreSQL 可达', 'PostgreSQL answers')
  } catch (error) {
    return trouble(
      'database',
      'fail',
      { zh: `数据库无法使用：${reason(error)}`, en: `the database does not work: ${reason(error)}` },
      isBuiltIn
        ? { zh: '删除 node_modules 后重新运行 npm ci', en: 'remove node_modules and run npm ci again' }
        : {
            zh: '检查 WEIR_POSTGRES_URL、网络与账号',
            en: 'check WEIR_POSTGRES_URL, the network and the account',
          },
    )
  }
}

/** Whether `weir kafka up` has something to start a broker with. */
export async function lookAtKafka(environment: NodeJS.ProcessEnv): Promise<Finding> {
  const tools = toolsOf(environment)
  const [docker, java, maven] = await Promise.all([
    dockerAnswers(),
    checkJava(tools.java).catch(() => undefined),
    hasMaven(tools.maven),
  ])
  const named = environment['KAFKA_BROKERS']
  return judgeKafka({ named, docker, java, jars: maven || hasKafka(kafkaVersionDefault, tools) })
}

/** Whether the browser tests have a browser. Nobody else needs one. */
export function lookAtBrowser(path = process.env['CHROMIUM_PATH']): Finding {
  if (path !== undefined) {
    if (existsSync(path)) return ok('test_browser', `测试用浏览器 ${path}`, `browser for the tests: ${path}`)
  } else if (isInstalled('@sparticuz/chromium') && process.platform === 'linux' && process.arch === 'x64') {
    return ok('test_browser', '测试用浏览器随 npm 安装', 'the browser for the tests came with npm')
  }
  return trouble(
    'test_browser',
    'warn',
    {
      zh: `没有测试用的 Chromium${path === undefined ? '' : `（${path} 不存在）`}；运行 Weir 不需要它`,
      en: `no Chromium for the browser tests${path === undefined ? '' : ` (${path} does not exist)`}; Weir itself needs none`,
    },
    { zh: '用 CHROMIUM_PATH 指明 Chromium 的位置', en: 'say where Chromium is with CHROMIUM_PATH' },
  )
}

/** Whether the web app's Chinese font is there to be served. */
export function lookAtFont(): Finding {
  if (isInstalled('@fontsource/noto-sans-sc/package.json')) {
    return ok('font', '中文字体随网页提供', 'the Chinese font ships with the web app')
  }
  return trouble(
    'font',
    'warn',
    { zh: '缺少网页的中文字体', en: "the web app's Chinese font is missing" },
    { zh: '重新运行 npm ci', en: 'run npm ci again' },
  )
}

function isInstalled(specifier: string): boolean {
  try {
    return existsSync(new URL(import.meta.resolve(specifier)))
  } catch {
    return false
  }
}
