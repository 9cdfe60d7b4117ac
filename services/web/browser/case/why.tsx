import { useState } from 'react'
import type { ReactElement } from 'react'
import type { RuleHitView, WarningView } from '../../../../schemas/http/casework.ts'
import { shortWindow } from '../format/time.ts'
import { useWords } from '../i18n/index.ts'
import { LevelBadge } from '../shared/level-badge.tsx'
import { When } from '../shared/values.tsx'
import { boundsOf, readableNumber, wordsOf } from './metrics.ts'
import type { ValueWords } from './metrics.ts'

/** Why the case was raised: the newest warning in plain words with its rules, and the earlier ones folded away. */
export function Why({ warnings }: { readonly warnings: readonly WarningView[] }): ReactElement {
  const { t } = useWords()
  const [open, setOpen] = useState(false)
  const [newest, ...earlier] = warnings
  return (
    <section className="panel">
      <h2>{t('case.why')}</h2>
      {newest !== undefined && <WarningBlock warning={newest} />}
      {earlier.length > 0 && (
        <button type="button" className="link-button" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? '▾' : '▸'} {t('case.more', { count: earlier.length })}
        </button>
      )}
      {open && earlier.map((warning) => <WarningBlock key={warning.warning_id} warning={warning} />)}
      <p className="machine-note">{t('case.machine')}</p>
    </section>
  )
}

function WarningBlock({ warning }: { readonly warning: WarningView }): ReactElement {
  const { t, of } = useWords()
  return (
    <article className="warning">
      <p className="warning-sentence">{of(warning.explanation)}</p>
      <p className="warning-facts">
        <LevelBadge level={warning.level} />
        <span>
          {t('case.score')} {warning.score.toFixed(2)}
        </span>
        <When ms={warning.event_time} />
        <span>
          {t('case.ruleSet')} {warning.rule_set}
        </span>
      </p>
      <div className="table-scroll">
        <table className="plain-table rule-table">
          <thead>
            <tr>
              <th scope="col">{t('case.rule')}</th>
              <th scope="col">{t('case.measureName')}</th>
              <th scope="col" className="number">
                {t('case.value')}
              </th>
              <th scope="col" className="number">
                {t('case.threshold')}
              </th>
              <th scope="col">{t('case.basis')}</th>
            </tr>
          </thead>
          <tbody>
            {warning.rules.map((rule) => (
              <RuleRows key={rule.rule_id} rule={rule} />
            ))}
          </tbody>
        </table>
      </div>
    </article>
  )
}

/** One row per value; values that had a threshold first. */
function RuleRows({ rule }: { readonly rule: RuleHitView }): ReactElement {
  const { language } = useWords()
  const metrics = Object.keys(rule.values).toSorted(
    (a, b) => Number(b in rule.thresholds) - Number(a in rule.thresholds) || (a < b ? -1 : 1),
  )
  return (
    <>
      {metrics.map((metric, index) => (
        <tr key={metric} className={index === 0 ? 'rule-first' : undefined}>
          {index === 0 && <RuleHead rule={rule} rows={metrics.length} />}
          <td>{wordsOf(rule.rule_id, metric)[language]}</td>
          <td className="number">
            <Measured words={wordsOf(rule.rule_id, metric)} text={rule.values[metric] ?? ''} />
          </td>
          <td className="number">
            <Threshold words={wordsOf(rule.rule_id, metric)} text={rule.thresholds[metric] ?? ''} />
          </td>
          {index === 0 && <RuleBasis rule={rule} rows={metrics.length} />}
        </tr>
      ))}
    </>
  )
}

function RuleHead({ rule, rows }: { readonly rule: RuleHitView; readonly rows: number }): ReactElement {
  const { t, code } = useWords()
  return (
    <th scope="rowgroup" rowSpan={rows} className="rule-head">
      <span className="rule-id">{rule.rule_id}</span> {code('rule', rule.rule_id)}
      <span className="rule-version">
        {t('case.version', { version: rule.version })} · {code('family', rule.family)}
      </span>
    </th>
  )
}

function RuleBasis({ rule, rows }: { readonly rule: RuleHitView; readonly rows: number }): ReactElement {
  const { t, language } = useWords()
  return (
    <td rowSpan={rows} className="rule-basis">
      {rule.basis.map((basis) => (
        <span key={basis} lang="zh-CN">
          {basis}
        </span>
      ))}
      <span className="rule-window">
        {t('case.window')} {shortWindow(rule.window, language)}
      </span>
    </td>
  )
}

function Measured({ words, text }: { readonly words: ValueWords; readonly text: string }): ReactElement {
  const { t, language } = useWords()
  const { unit, counted } = words
  const value = readableNumber(text, unit)
  if (unit === 'cny') return <>{t('unit.yuan', { value })}</>
  if (unit === 'usd') return <>{t('unit.usd', { value })}</>
  return <>{counted[language] === '' ? value : `${value} ${counted[language]}`}</>
}

function Threshold({ words, text }: { readonly words: ValueWords; readonly text: string }): ReactElement {
  const { low, high } = boundsOf(text)
  return (
    <>
      {low !== '' && (
        <>
          ≥ <Measured words={words} text={low} />
        </>
      )}
      {low !== '' && high !== '' && ' · '}
      {high !== '' && (
        <>
          ≤ <Measured words={words} text={high} />
        </>
      )}
    </>
  )
}
