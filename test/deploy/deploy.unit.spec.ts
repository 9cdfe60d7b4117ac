/** What is deployed fits what is built. No container is started here: that needs a Docker engine (deploy/README.md). */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { processNames } from '../../services/cli/start/processes.ts'
import { loadConfig } from '../../services/platform/config/config.ts'
import { settings } from '../../services/platform/config/settings.ts'
import type { Setting } from '../../services/platform/config/settings.ts'
import { createTelemetry } from '../../services/platform/telemetry/telemetry.ts'

const root = join(import.meta.dirname, '..', '..')
const deploy = join(root, 'deploy')

function read(name: string): string {
  return readFileSync(join(deploy, name), 'utf8')
}

interface Container {
  readonly image: string
  readonly command?: readonly string[]
  readonly environment?: Readonly<Record<string, string | number>>
  readonly depends_on?: Readonly<Record<string, unknown>> | readonly string[]
  readonly volumes?: readonly string[]
  readonly deploy?: { readonly replicas: number }
}

interface Compose {
  readonly services: Readonly<Record<string, Container>>
  readonly volumes: Readonly<Record<string, unknown>>
}

const compose = parse(read('compose.yaml'), { merge: true }) as Compose
const own = Object.entries(compose.services).filter(([, { image }]) => image === 'weir:local')

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly annotations: { readonly summary: string; readonly description: string }
}

const { groups } = parse(read('alerts.yml')) as {
  readonly groups: readonly { readonly rules: readonly Rule[] }[]
}
const rules = groups.flatMap((group) => group.rules)

interface Panel {
  readonly title: string
  readonly targets?: readonly { readonly expr: string }[]
}

const dashboard = JSON.parse(read('grafana/dashboards/weir.json')) as { readonly panels: readonly Panel[] }
const panels = dashboard.panels.filter(({ targets }) => targets !== undefined)

/** Names of all metrics: those written in the product's sources, and those of Node itself. */
function metricNames(): ReadonlySet<string> {
  const sources = readdirSync(join(root, 'services'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.spec.ts'))
    .map((path) => readFileSync(join(root, 'services', path), 'utf8'))
  const written = sources.flatMap((text) =>
    [...text.matchAll(/'(weir_[a-z0-9_]+)'/g)].map(([, name = '']) => name),
  )
  const { registry } = createTelemetry({ service: 'test', level: 'silent', processMetrics: true })
  return new Set([...written, ...registry.getMetricsAsArray().map(({ name }) => name)])
}

const metrics = metricNames()

/** Metrics of an expression, without what Prometheus appends to those of histograms. */
function metricsIn(expression: string): string[] {
  return [...expression.matchAll(/weir_[a-z0-9_]+/g)].map(([name]) =>
    name.replace(/_(?:bucket|sum|count)$/, ''),
  )
}

describe('the containers', () => {
  it('are every service that there is, each by itself, two of the one that scores', () => {
    const started = own.flatMap(([name, { command }]) =>
      command?.[0] === 'start' ? [[name, command[1]]] : [],
    )
    const expected = processNames.filter((name) => name !== 'warn')
    expect(started).toEqual(expected.map((name) => [name, name]))
    expect(compose.services['warn-score']?.deploy?.replicas).toBe(2)
  })

  it.each(own.map(([name]) => name))('give %s settings that it accepts', (name) => {
    const environment = Object.entries(compose.services[name]?.environment ?? {}).map(([variable, value]) => [
      variable,
      // Compose puts in what the operator gave (`${NAME:?…}`), or the default (`${NAME:-…}`).
      String(value).replaceAll(
        /\$\{\w+(?::-([^}]*)|:\?[^}]*)?\}/g,
        (_, fallback?: string) => fallback ?? 'a:given',
      ),
    ])
    const config = loadConfig(Object.fromEntries(environment) as Record<string, string>)
    expect(config.mode).toBe('cluster')
  })

  it('hand the keys of identities to those alone that seal or reveal', () => {
    const holders = own.filter(([, { environment }]) => environment?.['WEIR_IDENTITY_KEYS'] !== undefined)
    expect(holders.map(([name]) => name)).toEqual(['ingest', 'casework'])
  })

  it('wait for nothing that there is not, and keep their data in volumes that there are', () => {
    for (const [name, { depends_on: needed = [], volumes = [] }] of Object.entries(compose.services)) {
      const names = Array.isArray(needed) ? (needed as readonly string[]) : Object.keys(needed)
      for (const other of names) expect(Object.keys(compose.services), name).toContain(other)
      const named = volumes
        .map((volume) => volume.split(':')[0] ?? '')
        .filter((volume) => /^\w+$/.test(volume))
      for (const volume of named) expect(Object.keys(compose.volumes), name).toContain(volume)
    }
  })
})

describe('every setting', () => {
  const known = Object.values<Setting>(settings).map(({ variable }) => variable as string)
  /** The operator's own, for compose.yaml alone. */
  const substituted = ['WEIR_DATABASE_PASSWORD', 'WEIR_GRAFANA_PASSWORD', 'WEIR_INBOX']

  it.each(['compose.yaml', 'Dockerfile', 'README.md', 'alerts.yml'])('named in deploy/%s exists', (file) => {
    const named = new Set([...read(file).matchAll(/\bWEIR_[A-Z_]+[A-Z]\b/g)].map(([name]) => name))
    expect([...named].filter((name) => !known.includes(name) && !substituted.includes(name))).toEqual([])
  })
})

describe('what is watched', () => {
  it('is every service', () => {
    const { scrape_configs: jobs } = parse(read('prometheus.yml')) as {
      readonly scrape_configs: readonly {
        readonly dns_sd_configs: readonly { readonly names: readonly string[] }[]
      }[]
    }
    const names = jobs.flatMap((job) => job.dns_sd_configs.flatMap((found) => found.names))
    expect(names).toEqual(processNames.filter((name) => name !== 'warn'))
  })

  it('includes lag, restarts, dead letters and a pipeline that stands still', () => {
    expect(rules.map(({ alert }) => alert)).toEqual(
      expect.arrayContaining(['WeirLag', 'WeirRestarting', 'WeirDeadLetters', 'WeirNoProgress', 'WeirDown']),
    )
  })

  it.each(rules)('by $alert are metrics that exist, and it says what to do', ({ expr, annotations }) => {
    expect(metricsIn(expr).filter((name) => !metrics.has(name))).toEqual([])
    expect(metricsIn(expr).length > 0 || expr.startsWith('up')).toBe(true)
    expect(annotations.summary).not.toBe('')
    expect(annotations.description).not.toBe('')
  })

  it.each(panels)('in the panel "$title" are metrics that exist', ({ targets = [] }) => {
    const used = targets.flatMap(({ expr }) => metricsIn(expr))
    expect(used.filter((name) => !metrics.has(name))).toEqual([])
  })

  it('can be seen: Grafana finds its data and its dashboard where compose puts them', () => {
    const { datasources } = parse(read('grafana/provisioning/datasources/prometheus.yaml')) as {
      readonly datasources: readonly { readonly uid: string }[]
    }
    const { providers } = parse(read('grafana/provisioning/dashboards/weir.yaml')) as {
      readonly providers: readonly { readonly options: { readonly path: string } }[]
    }
    const volumes = compose.services['grafana']?.volumes ?? []
    expect(JSON.stringify(dashboard)).toContain(`"uid":"${datasources[0]?.uid ?? '?'}"`)
    expect(volumes.some((volume) => volume.includes(`:${providers[0]?.options.path ?? '?'}:`))).toBe(true)
  })
})
