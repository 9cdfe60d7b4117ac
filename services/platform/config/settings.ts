/** Every setting of Weir, written down once: names, meaning, unit, range, default, example. Reading, checking and the printed reference follow from it. */
import Type from 'typebox'
import type { TSchema } from 'typebox'
import type { Bilingual } from '../../../schemas/http/common.ts'

/** What the reference says about a setting, and how it is read. */
interface About {
  readonly meaning: Bilingual
  readonly example: string
  /** Unit of a number, e.g. `ms`. */
  readonly unit?: string
  /** Text as in the environment; a setting without it may be absent. */
  readonly fallback?: string
  /** Read through `…_FILE` too, shown to nobody. */
  readonly secret?: true
}

/** One setting: how its text is understood, what it may be. */
export interface Setting<Schema extends TSchema = TSchema> extends About {
  readonly variable: `WEIR_${string}`
  readonly schema: Schema
}

function setting<Schema extends TSchema>(
  variable: `WEIR_${string}`,
  schema: Schema,
  about: About,
): Setting<Schema> {
  return { variable, schema, ...about }
}

/** A setting that may be absent: then the feature it belongs to is off, or found out by itself. */
function optional<Schema extends TSchema>(
  variable: `WEIR_${string}`,
  schema: Schema,
  about: Omit<About, 'fallback'>,
): Setting<Schema> & { readonly optional: true } {
  return { variable, schema, ...about, optional: true }
}

/** A setting that is shown to nobody, and has no default. */
function secret<Schema extends TSchema>(
  variable: `WEIR_${string}`,
  schema: Schema,
  about: Omit<About, 'fallback' | 'secret'>,
): Setting<Schema> & { readonly optional: true; readonly secret: true } {
  return { variable, schema, ...about, optional: true, secret: true }
}

const port = Type.Integer({ minimum: 0, maximum: 65_535 })
const duration = (minimum: number, maximum: number) => Type.Integer({ minimum, maximum })
const day = 86_400_000

/** All settings, in the order of the reference. */
export const settings = {
  mode: setting('WEIR_MODE', Type.Enum(['embedded', 'cluster']), {
    meaning: {
      zh: '运行方式：embedded 为单进程、数据在一个文件夹；cluster 使用 Kafka 与 PostgreSQL',
      en: 'How Weir runs: embedded keeps everything in one process and one folder; cluster uses Kafka and PostgreSQL',
    },
    fallback: 'embedded',
    example: 'cluster',
  }),
  dataDirectory: setting('WEIR_DATA_DIRECTORY', Type.String({ minLength: 1 }), {
    meaning: {
      zh: '数据文件夹，相对路径从当前目录算起；一个文件夹同时只能由一个进程使用',
      en: 'Data folder, relative to the current directory; one process at a time',
    },
    fallback: '.weir',
    example: '/var/lib/weir',
  }),
  demo: setting('WEIR_DEMO', Type.Boolean(), {
    meaning: {
      zh: '演示模式：选席位即登录；NODE_ENV=production 时拒绝启动',
      en: 'Demo mode: sign in by picking a seat; refused with NODE_ENV=production',
    },
    fallback: 'false',
    example: 'true',
  }),
  language: setting('WEIR_LANGUAGE', Type.Enum(['zh', 'en']), {
    meaning: { zh: '命令行提示的语言', en: 'Language of messages on the command line' },
    fallback: 'zh',
    example: 'en',
  }),
  logLevel: setting('WEIR_LOG_LEVEL', Type.Enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']), {
    meaning: { zh: '日志级别', en: 'Lowest level that is logged' },
    fallback: 'info',
    example: 'warn',
  }),
  httpHost: setting('WEIR_HTTP_HOST', Type.String({ minLength: 1 }), {
    meaning: {
      zh: '网页与接口的监听地址；默认只有本机可达',
      en: 'Address the web server listens on; by default only this machine reaches it',
    },
    fallback: '127.0.0.1',
    example: '0.0.0.0',
  }),
  httpPort: setting('WEIR_HTTP_PORT', port, {
    meaning: {
      zh: '网页与接口的端口，0 为任意空闲端口',
      en: 'Port of the web server; 0 takes a free one',
    },
    fallback: '8480',
    example: '8080',
  }),
  httpSecure: setting('WEIR_HTTP_SECURE', Type.Boolean(), {
    meaning: {
      zh: '用户经 HTTPS 访问（由前置代理提供）；生产环境必须为 true',
      en: 'People reach the site by HTTPS, through a proxy; must be true in production',
    },
    fallback: 'false',
    example: 'true',
  }),
  httpTrustedProxies: optional('WEIR_HTTP_TRUSTED_PROXIES', Type.String({ minLength: 1 }), {
    meaning: {
      zh: '其 X-Forwarded-* 可信的代理地址（逗号分隔）；未设则一概不信',
      en: 'Addresses of proxies whose X-Forwarded-* is believed, comma-separated; unset believes nobody',
    },
    example: '10.0.0.0/8',
  }),
  metricsHost: setting('WEIR_METRICS_HOST', Type.String({ minLength: 1 }), {
    meaning: {
      zh: '指标与健康检查的监听地址',
      en: 'Address that metrics and health checks listen on',
    },
    fallback: '127.0.0.1',
    example: '0.0.0.0',
  }),
  metricsPort: setting('WEIR_METRICS_PORT', port, {
    meaning: {
      zh: '指标与健康检查的端口，0 为任意空闲端口',
      en: 'Port of metrics and health checks; 0 takes a free one',
    },
    fallback: '9480',
    example: '9090',
  }),
  topicPrefix: setting('WEIR_TOPIC_PREFIX', Type.String({ pattern: '^[a-z][a-z0-9-]{0,31}$' }), {
    meaning: { zh: '所有主题名的前缀', en: 'Prefix of every topic name' },
    fallback: 'weir',
    example: 'weir-test',
  }),
  kafkaBrokers: optional(
    'WEIR_KAFKA_BROKERS',
    Type.Array(Type.String({ pattern: '^[^\\s:,]+:[0-9]{1,5}$' }), { minItems: 1 }),
    {
      meaning: {
        zh: 'Kafka 服务器（host:port，逗号分隔）；cluster 必填',
        en: 'Kafka brokers as host:port, comma-separated; needed by cluster',
      },
      example: 'kafka-1:9092,kafka-2:9092',
    },
  ),
  postgresUrl: secret('WEIR_POSTGRES_URL', Type.String({ pattern: '^postgres(ql)?://' }), {
    meaning: {
      zh: 'PostgreSQL 连接串；cluster 必填，embedded 未设则用内置数据库',
      en: 'PostgreSQL connection; needed by cluster, unset in embedded uses the built-in database',
    },
    example: 'postgres://weir_app@db/weir',
  }),
  pseudonymKey: secret('WEIR_PSEUDONYM_KEY', Type.String({ minLength: 1 }), {
    meaning: {
      zh: '生成假名的密钥：32 字节 base64。一经使用不得更换，否则每个主体都会换名、断历史',
      en: 'Key that pseudonyms are made with: 32 bytes in base64. Never change it: every subject would get another name and lose its history',
    },
    example: '`openssl rand -base64 32`',
  }),
  identityKeys: secret(
    'WEIR_IDENTITY_KEYS',
    Type.Array(Type.String({ pattern: '^[A-Za-z0-9._-]{1,32}:.+$' }), { minItems: 1 }),
    {
      meaning: {
        zh: '加密身份的密钥，编号:32 字节 base64，逗号分隔，最新在前：第一把加密，全部可解',
        en: 'Keys that seal identities, id:32 bytes in base64, comma-separated, newest first: the first seals, all open',
      },
      example: '2026-11:`openssl rand -base64 32`',
    },
  ),
  allowedLatenessMs: setting('WEIR_ALLOWED_LATENESS_MS', duration(0, 30 * day), {
    meaning: {
      zh: '交易可比同来源最新交易晚到多久（按发生时间），仍被计入',
      en: 'How much later in event time than its newest neighbour a transaction may come and still be counted',
    },
    unit: 'ms',
    fallback: '3600000',
    example: '7200000',
  }),
  sourceIdleMs: setting('WEIR_SOURCE_IDLE_MS', duration(1000, 30 * day), {
    meaning: {
      zh: '某来源分区静默多久后不再等待它',
      en: 'How long a source partition may be silent before the others no longer wait for it',
    },
    unit: 'ms',
    fallback: '60000',
    example: '300000',
  }),
  shutdownGraceMs: setting('WEIR_SHUTDOWN_GRACE_MS', duration(1000, 600_000), {
    meaning: {
      zh: '停止时等待在办工作的最长时间',
      en: 'Longest wait for work in hand when stopping',
    },
    unit: 'ms',
    fallback: '25000',
    example: '10000',
  }),
} as const

/** Name of a setting, as the checked record spells it. */
export type SettingName = keyof typeof settings
