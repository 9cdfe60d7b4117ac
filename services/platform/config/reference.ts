import { rangeOf } from './config.ts'
import { settings } from './settings.ts'
import type { Setting } from './settings.ts'

function row(declared: Setting): string {
  const { variable, meaning, unit, fallback, example, secret, also } = declared
  const cells = [
    `\`${variable}\`${also === undefined ? '' : `<br>or \`${also}\``}`,
    `${meaning.en}<br>${meaning.zh}`,
    fallback === undefined ? '–' : `\`${fallback}\``,
    `\`${rangeOf(declared).replaceAll('|', '\\|')}\`${unit === undefined ? '' : ` ${unit}`}`,
    example.includes('`') ? example : `\`${example}\``,
    secret === true ? 'yes, also `_FILE`' : '',
  ]
  return `| ${cells.join(' | ')} |`
}

/** The reference of all settings as Markdown; docs/configuration.md holds it. */
export function configReference(): string {
  return [
    '# Configuration · 配置',
    '',
    '<!-- Written by `npm run docs`; edit services/platform/config/settings.ts instead. -->',
    '',
    'Settings come from the environment; flags of the command line win over it. Unknown `WEIR_…` variables, empty values and',
    'settings that contradict each other are refused, all at once, before anything starts. A secret may stand in a file named by',
    'the same variable with `_FILE` at its end.',
    '',
    '设置取自环境变量，命令行参数优先。未知的 `WEIR_…` 变量、空值、互相矛盾的设置会在启动前一次性全部指出。机密可放在文件里，用同名加 `_FILE` 的变量指明。',
    '',
    '| Variable · 变量 | Meaning · 含义 | Default · 默认 | Values · 取值 | Example · 示例 | Secret · 机密 |',
    '|---|---|---|---|---|---|',
    ...Object.values<Setting>(settings).map(row),
    '',
    '`NODE_ENV=production` forbids demo mode, demands `WEIR_HTTP_SECURE=true` and keys of your own. `WEIR_MODE=cluster` demands',
    '`WEIR_KAFKA_BROKERS`, `WEIR_POSTGRES_URL` and, outside demo mode, keys. `WEIR_SEED` and `WEIR_TEST_…` are read by tests only.',
    '',
  ].join('\n')
}
