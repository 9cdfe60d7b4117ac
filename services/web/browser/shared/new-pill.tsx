import type { ReactElement } from 'react'

/** Says that newer rows wait above, and shows them when asked: rows never move under the pointer by themselves. */
export function NewPill(props: {
  /** Rows waiting; 0 shows nothing. */
  readonly waiting: number
  readonly label: string
  readonly onShow: () => void
}): ReactElement {
  return (
    <div className="pill-place" aria-live="polite">
      {props.waiting > 0 && (
        <button type="button" className="pill" onClick={props.onShow}>
          ↑ {props.label}
        </button>
      )}
    </div>
  )
}
