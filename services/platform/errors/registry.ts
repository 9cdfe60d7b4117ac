/** Every error code of the platform and of the HTTP edge, once: what kind it is, whether trying again may help, what people read. */
import type { Bilingual, Problem } from '../../../schemas/http/common.ts'

/** `input` is the caller's to mend, `conflict` somebody else's change, `dependency` a system below us, `bug` ours. */
export type ErrorKind = 'input' | 'conflict' | 'dependency' | 'bug'

/** What is known about a code wherever it turns up. */
export interface ErrorFacts {
  readonly kind: ErrorKind
  readonly retriable: boolean
  /** HTTP status when it reaches a caller. */
  readonly status: number
  readonly title: Bilingual
  /** Error classes that carry the code; empty for codes the HTTP edge makes itself. */
  readonly classes: readonly string[]
}

function facts(
  kind: ErrorKind,
  status: number,
  classes: readonly string[],
  zh: string,
  en: string,
): ErrorFacts {
  return { kind, retriable: kind === 'dependency' || status === 429, status, classes, title: { zh, en } }
}

/** An error that stays until somebody acts, though a dependency has it. */
function lasting(of: ErrorFacts): ErrorFacts {
  return { ...of, retriable: false }
}

/** The registry, by code. One code means one thing, whichever class carries it. */
export const errorCodes = {
  not_signed_in: facts('input', 401, ['AuthError'], '尚未登录', 'Not signed in'),
  forbidden: facts('input', 403, ['AuthError'], '无权执行', 'Not permitted'),
  seat_unknown: facts('input', 404, ['AuthError'], '没有这个席位', 'No such seat'),
  demo_off: facts('input', 404, ['AuthError'], '演示模式未开启', 'Demo mode is off'),
  header_missing: facts('input', 400, ['AuthError'], '请求缺少必需的标头', 'A required header is missing'),
  invalid_config: facts('input', 500, ['ConfigError'], '配置有误', 'The configuration is wrong'),
  unknown_key: facts(
    'input',
    500,
    ['IdentityError'],
    '缺少解密所需的密钥',
    'The key that sealed this is not configured',
  ),
  tampered: facts('bug', 500, ['IdentityError'], '加密身份已被改动', 'A sealed identity was changed'),
  not_sealed: facts('input', 500, ['IdentityError'], '不是加密身份', 'Not a sealed identity'),
  invalid_key: facts('input', 500, ['IdentityError'], '密钥无效', 'A configured key is unusable'),
  key_file: facts('input', 500, ['IdentityError'], '密钥文件无法使用', 'The key file cannot be used'),
  locked: lasting(
    facts(
      'dependency',
      503,
      ['LogError', 'StoreError'],
      '数据文件夹正被另一进程使用',
      'Another process uses the data folder',
    ),
  ),
  unavailable: facts(
    'dependency',
    503,
    ['LogError', 'RegistryError', 'StoreError'],
    '暂时不可用',
    'Temporarily unavailable',
  ),
  position_behind: facts(
    'conflict',
    409,
    ['LogError'],
    '这一位置已经写过',
    'This position was written already',
  ),
  fenced: facts(
    'conflict',
    409,
    ['LogError'],
    '同名写入者已接管',
    'A younger publisher of the same name took over',
  ),
  partitions_differ: facts(
    'input',
    500,
    ['LogError'],
    '主题的分区数与要求不符',
    'The topic has another number of partitions',
  ),
  unknown_topic: facts('input', 500, ['LogError'], '没有这个主题', 'No such topic'),
  gap: facts('bug', 500, ['LogError'], '日志中缺失记录', 'Records are missing from the log'),
  record_too_large: facts('input', 413, ['LogError'], '记录过大', 'The record is too large'),
  java_unusable: facts('input', 500, ['BrokerError'], '没有 Java 17 或更新版本', 'No Java 17 or newer'),
  maven_missing: facts('input', 500, ['BrokerError'], '没有 Maven', 'No Maven'),
  download_failed: facts('dependency', 503, ['BrokerError'], '下载失败', 'A download failed'),
  broker_not_started: lasting(
    facts(
      'dependency',
      503,
      ['BrokerError'],
      'Kafka 或注册中心未能启动',
      'Kafka or the registry did not start',
    ),
  ),
  incompatible: facts(
    'conflict',
    409,
    ['RegistryError'],
    '与已登记的模式不兼容',
    'Not compatible with the schemas registered before',
  ),
  refused: lasting(
    facts('dependency', 503, ['RegistryError'], '模式注册中心拒绝了请求', 'The schema registry refused'),
  ),
  unregistered: facts('input', 500, ['RegistryError'], '模式尚未登记', 'A schema is not registered'),
  migration_changed: facts(
    'input',
    500,
    ['StoreError'],
    '已执行的迁移文件被修改',
    'An applied migration was edited',
  ),
  migration_failed: facts('bug', 500, ['StoreError'], '数据库迁移失败', 'A database migration failed'),
  conflict: facts(
    'conflict',
    409,
    ['StoreError'],
    '与同时发生的修改冲突',
    'In conflict with a change made at the same time',
  ),
  number_too_large: facts(
    'bug',
    500,
    ['StoreError'],
    '数值超出可精确表示的范围',
    'A number is too large to be exact',
  ),
  invalid_request: facts('input', 400, [], '请求格式有误', 'The request is malformed'),
  not_found: facts('input', 404, [], '没有找到', 'Not found'),
  unsupported_media_type: facts('input', 415, [], '不支持这种内容格式', 'Unsupported media type'),
  body_too_large: facts('input', 413, [], '请求内容过大', 'The body is too large'),
  too_many_requests: facts('input', 429, [], '请求过于频繁', 'Too many requests'),
  service_down: facts(
    'dependency',
    502,
    [],
    '后台服务无法连接',
    'A service behind the site cannot be reached',
  ),
  service_late: facts(
    'dependency',
    504,
    [],
    '后台服务未及时答复',
    'A service behind the site did not answer in time',
  ),
  internal_error: facts('bug', 500, [], '系统内部错误', 'Something went wrong on our side'),
} as const satisfies Readonly<Record<string, ErrorFacts>>

/** A code of the registry. */
export type ErrorCode = keyof typeof errorCodes

/** What is known about an error by its `code`; undefined for errors of others, which are bugs until shown otherwise. */
export function factsOf(error: unknown): ErrorFacts | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined
  const known: ErrorFacts | undefined = (errorCodes as Readonly<Record<string, ErrorFacts>>)[error.code]
  return known?.classes.includes(error.name) === true ? known : undefined
}

/** Problem details (RFC 9457) for a code. `detail` says what to do next, and carries nothing secret. */
export function problem(code: ErrorCode, detail: string, requestId: string): Problem {
  const { status, title } = errorCodes[code]
  return { type: `urn:weir:problem:${code}`, title: title.en, status, code, detail, request_id: requestId }
}
