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
  /** A name that other tools use for the same thing; read when our own is not set. */
  readonly also?: string
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
  ingestDirectory: optional('WEIR_INGEST_DIRECTORY', Type.String({ minLength: 1 }), {
    meaning: {
      zh: '导入进程跟随的文件夹：其中出现的交易文件会被导入一次',
      en: 'Folder that the ingest process follows: files of transactions that appear in it are taken in, once each',
    },
    example: '/srv/weir/inbox',
  }),
  cacheDirectory: optional('WEIR_CACHE_DIRECTORY', Type.String({ minLength: 1 }), {
    meaning: {
      zh: '`weir kafka up` 下载的程序存放处；未设则为用户缓存目录（XDG_CACHE_HOME 或 ~/.cache）下的 weir',
      en: 'Where `weir kafka up` keeps what it downloads; unset means weir in the user’s cache folder (XDG_CACHE_HOME or ~/.cache)',
    },
    example: '/var/cache/weir',
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
  apiHost: setting('WEIR_API_HOST', Type.String({ minLength: 1 }), {
    meaning: {
      zh: '办案与监督服务作为单独进程时其接口的监听地址；由网页进程转发，只应在内网可达',
      en: 'Address that casework and supervision listen on when they are processes of their own. The web process passes requests on: keep it inside',
    },
    fallback: '127.0.0.1',
    example: '0.0.0.0',
  }),
  caseworkPort: setting('WEIR_CASEWORK_PORT', port, {
    meaning: {
      zh: '办案服务作为单独进程时其接口的端口，0 为任意空闲端口；用户经网页访问，不必对外开放',
      en: 'Port of the casework API when it is a process of its own; 0 takes a free one. People reach it through the web server: keep it inside',
    },
    fallback: '8481',
    example: '8080',
  }),
  caseworkUrl: optional('WEIR_CASEWORK_URL', Type.String({ pattern: '^https?://[^\\s/?#]+$' }), {
    meaning: {
      zh: '网页进程到办案服务的地址；未设则为本机的上述端口',
      en: 'Where the web process finds casework; unset means that port of this machine',
    },
    example: 'http://casework:8481',
  }),
  supervisePort: setting('WEIR_SUPERVISE_PORT', port, {
    meaning: {
      zh: '监督服务作为单独进程时其接口的端口，0 为任意空闲端口；用户经网页访问，不必对外开放',
      en: 'Port of the supervision API when it is a process of its own; 0 takes a free one. People reach it through the web server: keep it inside',
    },
    fallback: '8482',
    example: '8080',
  }),
  superviseUrl: optional('WEIR_SUPERVISE_URL', Type.String({ pattern: '^https?://[^\\s/?#]+$' }), {
    meaning: {
      zh: '网页进程到监督服务的地址；未设则为本机的上述端口',
      en: 'Where the web process finds supervision; unset means that port of this machine',
    },
    example: 'http://supervise:8482',
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
  kafkaPartitions: setting('WEIR_KAFKA_PARTITIONS', Type.Integer({ minimum: 1, maximum: 1024 }), {
    meaning: {
      zh: '每个分区主题的分区数，即可并行的任务数；首次启动前选定，主题建成后不可更改',
      en: 'Partitions of every topic that is cut into several: how many tasks can work side by side. Choose before the first start: the number is fixed once the topics exist',
    },
    fallback: '4',
    example: '32',
  }),
  kafkaReplication: optional('WEIR_KAFKA_REPLICATION', Type.Integer({ minimum: 1, maximum: 9 }), {
    meaning: {
      zh: '新建主题的副本数；未设则生产环境为 3，其余为 1。3 份及以上时写入须有 2 份确认',
      en: 'Copies of every topic that is made; unset means 3 with NODE_ENV=production, else 1. From 3 on, 2 copies must acknowledge a write',
    },
    example: '3',
  }),
  kafkaTls: setting('WEIR_KAFKA_TLS', Type.Boolean(), {
    meaning: {
      zh: '经 TLS 连接 Kafka；服务器证书与主机名总要核验，不能关闭',
      en: 'Connect to Kafka by TLS. The certificate of the broker and its host name are always checked: that cannot be turned off',
    },
    fallback: 'false',
    example: 'true',
  }),
  kafkaTlsCaFile: optional('WEIR_KAFKA_TLS_CA_FILE', Type.String({ minLength: 1 }), {
    meaning: {
      zh: '签发 Kafka 证书的机构证书（PEM 文件）；未设则用系统自带的',
      en: 'Certificates (PEM file) of the authority that signed the brokers’; unset takes those known to Node',
    },
    example: '/etc/weir/kafka-ca.pem',
  }),
  kafkaTlsCertFile: optional('WEIR_KAFKA_TLS_CERT_FILE', Type.String({ minLength: 1 }), {
    meaning: {
      zh: 'Weir 自己的证书（PEM 文件），Kafka 要求客户端证书时用',
      en: 'Weir’s own certificate (PEM file), for brokers that ask for one',
    },
    example: '/etc/weir/weir.pem',
  }),
  kafkaTlsKeyFile: optional('WEIR_KAFKA_TLS_KEY_FILE', Type.String({ minLength: 1 }), {
    meaning: { zh: '上述证书的私钥（PEM 文件）', en: 'Private key of that certificate (PEM file)' },
    example: '/etc/weir/weir.key',
  }),
  kafkaSaslMechanism: optional(
    'WEIR_KAFKA_SASL_MECHANISM',
    Type.Enum(['plain', 'scram-sha-256', 'scram-sha-512']),
    {
      meaning: {
        zh: '向 Kafka 登录的方式；plain 会发送口令本身，只许经 TLS 或本机使用',
        en: 'How Weir signs in to Kafka. plain sends the password itself: allowed by TLS or on this machine only',
      },
      example: 'scram-sha-512',
    },
  ),
  kafkaSaslUsername: optional('WEIR_KAFKA_SASL_USERNAME', Type.String({ minLength: 1 }), {
    meaning: {
      zh: '登录 Kafka 的用户名；每个服务用自己的（weir topics acls 列出其权限）',
      en: 'User that signs in to Kafka; one for each service (weir topics acls lists what it may do)',
    },
    example: 'weir-warn',
  }),
  kafkaSaslPassword: secret('WEIR_KAFKA_SASL_PASSWORD', Type.String({ minLength: 1 }), {
    meaning: { zh: '该用户的口令', en: 'Password of that user' },
    example: 'a-long-random-word',
  }),
  schemaRegistryUrl: optional(
    'WEIR_SCHEMA_REGISTRY_URL',
    Type.String({ pattern: '^https?://[^\\s@/?#]+(?:/[^\\s@?#]*)?$' }),
    {
      meaning: {
        zh: '模式注册中心（Confluent 接口）的地址；设了则消息用其编号，未设则用自带指纹的 Avro 编码',
        en: 'Schema registry (Confluent API). When set, messages carry its schema ids; unset, they carry Avro fingerprints',
      },
      also: 'SCHEMA_REGISTRY_URL',
      example: 'https://registry:8081',
    },
  ),
  schemaRegistryUsername: optional('WEIR_SCHEMA_REGISTRY_USERNAME', Type.String({ minLength: 1 }), {
    meaning: { zh: '登录注册中心的用户名', en: 'User that signs in to the registry' },
    example: 'weir',
  }),
  schemaRegistryPassword: secret('WEIR_SCHEMA_REGISTRY_PASSWORD', Type.String({ minLength: 1 }), {
    meaning: { zh: '该用户的口令', en: 'Password of that user' },
    example: 'a-long-random-word',
  }),
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
