/** Writes what follows from code and rules: docs/configuration.md, docs/asyncapi.yaml, docs/rules.md, the browser's words for rules. `--check` only compares. */
import { readFileSync, writeFileSync } from 'node:fs'
import { configReference } from '../services/platform/config/reference.ts'
import { asyncApiYaml } from './asyncapi.ts'
import { ruleWordsModule } from './rule-words.ts'
import { rulesDocument } from './rules-document.ts'

const documents: Readonly<Record<string, string>> = {
  'docs/configuration.md': configReference(),
  'docs/asyncapi.yaml': asyncApiYaml(),
  'docs/rules.md': await rulesDocument(),
  'services/web/browser/case/rule-words.ts': await ruleWordsModule(),
}

for (const [name, content] of Object.entries(documents)) {
  const target = new URL(`../${name}`, import.meta.url)
  if (!process.argv.includes('--check')) writeFileSync(target, content)
  else if (readFileSync(target, 'utf8') !== content) {
    process.stderr.write(`${name} is out of date: run \`npm run docs\`\n`)
    process.exitCode = 1
  }
}
