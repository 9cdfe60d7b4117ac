import { Counter } from 'prom-client'
import type { Registry } from 'prom-client'

const name = 'weir_dead_letters_total'

/** `weir_dead_letters_total{topic,reason}`: one counter per process, which every service that sets records aside shares. */
export function deadLetterCounter(registry: Registry): Counter<'topic' | 'reason'> {
  const known = registry.getSingleMetric(name)
  if (known !== undefined) return known as Counter<'topic' | 'reason'>
  const labelNames = ['topic', 'reason'] as const
  return new Counter({
    name,
    help: 'Records set aside, by topic and reason',
    labelNames,
    registers: [registry],
  })
}
