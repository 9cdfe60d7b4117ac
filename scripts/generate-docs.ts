/** Writes the documents that follow from code: docs/configuration.md. `--check` only compares. */
import { readFileSync, writeFileSync } from 'node:fs'
import { configReference } from '../services/platform/config/reference.ts'

const target = new URL('../docs/configuration.md', import.meta.url)
if (!process.argv.includes('--check')) writeFileSync(target, configReference())
else if (readFileSync(target, 'utf8') !== configReference()) {
  process.stderr.write('docs/configuration.md is out of date: run `npm run docs`\n')
  process.exitCode = 1
}
