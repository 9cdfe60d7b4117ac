import { describe, expect, it } from 'vitest'
import { renderReport } from './doctor.ts'
import { ok, trouble, worst } from './finding.ts'
import {
  judgeCalendar,
  judgeClock,
  judgeDisk,
  judgeKafka,
  judgeKeyFile,
  judgeMemory,
  judgeNode,
} from './judge.ts'
import { lookAtBrowser } from './look.ts'

const gigabyte = 1024 ** 3
const november = Date.parse('2026-11-22T12:00:00+08:00')

it.each([
  ['Node 24', judgeNode('24.21.0'), 'ok'],
  ['Node 20', judgeNode('20.20.2'), 'fail'],
  ['Node 9', judgeNode('9.0.0'), 'fail'],
  ['8 GB of memory', judgeMemory(8 * gigabyte), 'ok'],
  ['2 GB of memory', judgeMemory(2 * gigabyte), 'warn'],
  ['1 GB of memory', judgeMemory(gigabyte), 'fail'],
  ['50 GB of disk', judgeDisk(50 * gigabyte, 'data'), 'ok'],
  ['2 GB of disk', judgeDisk(2 * gigabyte, 'data'), 'warn'],
  ['no disk', judgeDisk(0, 'data'), 'fail'],
  ['a calendar for this year and the next', judgeCalendar([2026, 2027], november), 'ok'],
  ['a calendar for this year', judgeCalendar([2025, 2026], november), 'warn'],
  ['an old calendar', judgeCalendar([2025], november), 'fail'],
  [
    'New Year in China, while it is still the old year in London',
    judgeCalendar([2026], Date.UTC(2026, 11, 31, 17)),
    'fail',
  ],
  ['the time of writing', judgeClock(november), 'ok'],
  ['a clock at 1970', judgeClock(0), 'fail'],
  ['a clock far ahead', judgeClock(Date.UTC(2106, 1, 7)), 'fail'],
  ['no key file', judgeKeyFile(undefined, 'keys.json'), 'ok'],
  ['a private key file', judgeKeyFile(0o100600, 'keys.json'), 'ok'],
  ['a key file for everybody', judgeKeyFile(0o100644, 'keys.json'), 'warn'],
  ['a browser that is not there', lookAtBrowser('nowhere/chromium'), 'warn'],
])('%s: %s', (_, finding, status) => {
  expect(finding.status).toBe(status)
  expect(finding.mend === undefined).toBe(status === 'ok')
})

describe('what could run a Kafka', () => {
  const nothing = { named: undefined, docker: false, java: undefined, jars: false }

  it.each([
    [
      'a broker that is named',
      { ...nothing, named: 'kafka-1:9092', docker: true },
      'KAFKA_BROKERS names kafka-1:9092',
    ],
    ['Docker before Java', { ...nothing, docker: true, java: '17.0.15', jars: true }, 'can use Docker'],
    [
      'Java with Maven or what it downloads',
      { ...nothing, java: '17.0.15', jars: true },
      'can use Java 17.0.15',
    ],
    ['Java without Maven', { ...nothing, java: '17.0.15' }, 'no Docker and no Maven'],
    ['neither', nothing, 'no Docker and no Java 17+'],
  ])('%s: told, and never a failure', (_, means, expected) => {
    const finding = judgeKafka(means)
    expect(finding.status).toBe('ok')
    expect(finding.found.en).toContain(expected)
  })
})

describe('a report', () => {
  const findings = [
    ok('node', 'Node 正常', 'Node is fine'),
    trouble('disk', 'warn', { zh: '磁盘少', en: 'little disk' }, { zh: '清理', en: 'make room' }),
  ]

  it('is as bad as its worst finding', () => {
    expect(worst([])).toBe('ok')
    expect(worst(findings)).toBe('warn')
    expect(worst([...findings, { check: 'x', status: 'fail', found: { zh: '', en: '' } }])).toBe('fail')
  })

  it('says in either language what is wrong and how to mend it', () => {
    const report = { status: worst(findings), findings }
    expect(renderReport(report, 'en')).toBe('✓ Node is fine\n! little disk\n    → make room')
    expect(renderReport(report, 'zh')).toBe('✓ Node 正常\n! 磁盘少\n    → 清理')
  })
})
