/** A story for every rule: one that fires it, and one just below its line that does not. */
import { describe, expect, it } from 'vitest'
import { checkFact } from '../../services/ingest/core/facts/fact.ts'
import { ruleStories } from '../../services/simulate/app.ts'
import { loadRuleSet } from '../../services/warn/shell/rule-files.ts'
import { rulesDocument } from '../../scripts/rules-document.ts'
import { readFile } from 'node:fs/promises'
import { rulesOf, subjectOf, warningsOfStory } from './tell.ts'

const ruleSet = await loadRuleSet()

/** R01 to R30: the whole catalogue. */
const catalogue = Array.from({ length: 30 }, (_, index) => `R${String(index + 1).padStart(2, '0')}`)

describe('the stories of the rules', () => {
  it('are told of every rule of the catalogue, and the shipped set has all of them', () => {
    expect(ruleStories.map(({ rule }) => rule)).toEqual(catalogue)
    expect(ruleSet.file.rules.map(({ id }) => id).toSorted()).toEqual(catalogue)
  })

  it.each(ruleStories)('$rule fires on: $fires.what.en', (story) => {
    const found = warningsOfStory(story, 'fires', ruleSet).flatMap((warning) =>
      rulesOf(warning).map((rule) => `${rule} on ${warning.subject_id}`),
    )
    expect(found).toContain(`${story.rule} on ${subjectOf(story.fires)}`)
  })

  it.each(ruleStories)('$rule stays silent on: $below.what.en', (story) => {
    const rules = warningsOfStory(story, 'below', ruleSet).flatMap(rulesOf)
    expect(rules).not.toContain(story.rule)
  })

  it('deliver facts that ingest takes', () => {
    const facts = ruleStories.flatMap(({ fires, below }) => [...fires.facts, ...below.facts])
    expect(facts.length).toBeGreaterThan(20)
    for (const { kind, fields } of facts) expect(checkFact(kind, fields)).not.toHaveProperty('reason')
  })

  it('explain themselves without a gap, and name no identity number or account in full', () => {
    for (const story of ruleStories) {
      for (const { explanation, subject_id } of warningsOfStory(story, 'fires', ruleSet)) {
        for (const text of [explanation.zh, explanation.en]) {
          expect(text).not.toMatch(/[{}]|undefined|NaN|Infinity|=、|: ,/)
          if (subject_id.length > 12) expect(text).not.toContain(subject_id)
        }
      }
    }
  })

  it('are shown in docs/rules.md as the engine tells them; npm run docs writes it', async () => {
    const path = new URL('../../docs/rules.md', import.meta.url)
    expect(await readFile(path, 'utf8')).toBe(await rulesDocument())
  })
})
