/** The shipped rules on a simulated district whose truth is known: every scheme is found, and honest people are mostly left alone. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { detect } from '../../services/cli/commands/detection.ts'
import { renderDetection } from '../../services/cli/detection/render.ts'
import { defaultSimulation, writeSimulation } from '../../services/simulate/app.ts'

it.each([defaultSimulation.seed, 7])(
  'finds nearly every scheme of the district of seed %i, by warnings of which a third is right',
  async (seed) => {
    const data = await mkdtemp(join(tmpdir(), 'weir-simulated-'))
    try {
      await writeSimulation({
        options: { ...defaultSimulation, seed },
        out: join(data, 'transactions.csv.gz'),
        labels: join(data, 'labels.csv.gz'),
      })
      const report = await detect({ data })
      process.stdout.write(renderDetection({ ...report, data: `simulated district, seed ${seed}` }))
      const typologies = Object.keys(report.by_typology)
      for (const name of ['illegal_fund_raising', 'structuring', 'mule_ring', 'fan_in', 'fan_out', 'cycle']) {
        expect(typologies).toContain(name)
      }
      expect(report.recall).toBeGreaterThan(0.9)
      expect(report.precision).toBeGreaterThan(0.33)
      expect(report.warnings_per_1000_legit).toBeLessThan(30)
      expect(report.outcomes).toEqual({})
    } finally {
      await rm(data, { recursive: true })
    }
  },
)
