/**
 * G2: a flows log that was recorded – blocks of two sources, rule sets, a rule switched off and on, a candidate, exemptions, facts, labels,
 * path tokens, sources that fall silent – gives the bytes that it gave
 * when it was recorded. `npm run record-golden` puts them down anew, on purpose.
 */
import { describe, expect, it } from 'vitest'
import { engineVersion, flowTypes } from '../../services/warn/app.ts'
import { recordedEngine, recordedFlows, recordedSayings, sayingsOf } from './recording.ts'

describe('the golden recording', () => {
  it('was made by this version of the engine', () => {
    expect(recordedEngine(), 'the engine has another version: npm run record-golden').toBe(engineVersion)
  })

  it.each([1, 7, 10_000])('gives the bytes it gave, folded %i records at a time', (batch) => {
    const said = sayingsOf(recordedFlows(), batch)
    expect(said, 'other bytes than recorded: raise engineVersion, then npm run record-golden').toEqual(
      recordedSayings(),
    )
  })

  it('holds warnings of every level, what came late, what was exempted, and rules that changed on the way', () => {
    const said = recordedSayings().join('\n')
    for (const level of ['blue', 'yellow', 'orange', 'red'])
      expect(said).toContain(`"words":{"level":"${level}"`)
    expect(said).toContain('"reason":"beyond_allowed_lateness"')
    expect(said).toContain('"kind":"exempted"')
    expect(said).toContain('["R01",2,')
    for (const rule of ['R19', 'R21']) expect(said).toContain(`"rules":[["${rule}",`)
  })

  it('holds every kind of record that the fold reads', () => {
    expect(new Set(recordedFlows().map(({ type }) => type))).toEqual(new Set(Object.keys(flowTypes)))
  })
})
