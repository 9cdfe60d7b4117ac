import { defineConfig } from 'vitest/config'
import { SummaryReporter } from './test/support/summary.ts'

const seed = process.env['WEIR_SEED'] ?? String(Math.floor(Math.random() * 2 ** 31))

/** Limits only end what hangs; no test measures time, and a busy machine takes several times as long. */
const limitMs = 4 * 60_000
const skip = ['**/node_modules/**', '**/dist/**', '**/.weir/**']

export default defineConfig({
  test: {
    env: { WEIR_SEED: seed },
    reporters: ['default', new SummaryReporter(seed)],
    maxWorkers: 2,
    passWithNoTests: false,
    projects: [
      {
        extends: true,
        test: {
          name: 'pure',
          include: ['**/*.unit.spec.{ts,tsx}', '**/*.pbt.spec.ts', 'test/**/schemas*.spec.ts'],
          exclude: skip,
          testTimeout: limitMs,
          hookTimeout: limitMs,
        },
      },
      {
        extends: true,
        test: {
          name: 'real',
          globalSetup: ['test/support/kafka-desk.ts'],
          include: ['**/*.spec.{ts,tsx}'],
          exclude: [
            ...skip,
            '**/*.unit.spec.{ts,tsx}',
            '**/*.pbt.spec.ts',
            'test/**/schemas*.spec.ts',
            'test/static.spec.ts',
          ],
          testTimeout: limitMs,
          hookTimeout: limitMs,
        },
      },
      {
        extends: true,
        test: { name: 'static', include: ['test/static.spec.ts'], testTimeout: limitMs },
      },
    ],
  },
})
