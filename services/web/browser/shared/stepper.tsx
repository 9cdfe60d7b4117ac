import type { ReactElement } from 'react'
import type { Step } from '../case/progress.ts'
import { exactTime, shortTime } from '../format/time.ts'
import { useWords } from '../i18n/index.ts'
import { PromiseStatus } from './promise-status.tsx'

/** The links of the loop in a row, each with its clock. */
export function Stepper({ steps }: { readonly steps: readonly Step[] }): ReactElement {
  const { t } = useWords()
  return (
    <ol className="stepper" aria-label={t('stage.progress')}>
      {steps.map((step, index) => (
        <StepItem key={step.stage} step={step} number={index + 1} />
      ))}
    </ol>
  )
}

function StepItem({ step, number }: { readonly step: Step; readonly number: number }): ReactElement {
  const { code, language } = useWords()
  const { position, promise, at } = step
  return (
    <li className={`step step-${position}`} aria-current={position === 'current' ? 'step' : undefined}>
      <span className="step-mark" aria-hidden="true">
        {position === 'done' ? '✓' : number}
      </span>
      <span className="step-name">{code('stage', step.stage)}</span>
      <span className="hidden">{code('stage', position)}</span>
      {at !== undefined && (
        <time className="step-time" dateTime={new Date(at).toISOString()} title={exactTime(at)}>
          {shortTime(at, language)}
        </time>
      )}
      {promise !== undefined &&
        (position !== 'done' || promise.kept_at === null || promise.kept_at > promise.due_at) && (
          <span className="step-due">
            <PromiseStatus promise={promise} />
          </span>
        )}
    </li>
  )
}
