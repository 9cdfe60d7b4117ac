import { Modal, Switch } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import type { ReactElement } from 'react'
import { useWords } from '../i18n/index.ts'

const storageKey = 'weir.shortcuts'

const keys: readonly (readonly [key: string, does: string])[] = [
  ['j', 'next'],
  ['k', 'previous'],
  ['Enter', 'open'],
  ['n', 'refresh'],
  ['/', 'search'],
  ['?', 'help'],
]

function moveFocus(step: 1 | -1): void {
  const links = [...document.querySelectorAll<HTMLElement>('[data-lead-link]')]
  const at = links.findIndex((link) => link === document.activeElement)
  const next = at === -1 ? 0 : Math.min(Math.max(at + step, 0), links.length - 1)
  links[next]?.focus()
  links[next]?.scrollIntoView({ block: 'nearest' })
}

function isTyping(event: KeyboardEvent): boolean {
  const target = event.target
  if (event.ctrlKey || event.metaKey || event.altKey) return true
  return target instanceof HTMLElement && target.closest('input, textarea, select, [role="dialog"]') !== null
}

/** Keys of the inbox and the sheet that explains them. They can be switched off (WCAG 2.1.4) and never fire while typing. */
export function Shortcuts({ onRefresh }: { readonly onRefresh: () => void }): ReactElement {
  const { t } = useWords()
  const [open, setOpen] = useState(false)
  const [enabled, setEnabled] = useState(() => localStorage.getItem(storageKey) !== 'off')
  useKeys(enabled, { help: () => setOpen(true), refresh: onRefresh })
  const choose = (on: boolean): void => {
    localStorage.setItem(storageKey, on ? 'on' : 'off')
    setEnabled(on)
  }
  return (
    <>
      <button type="button" className="quiet-button" onClick={() => setOpen(true)}>
        <kbd>?</kbd> {t('app.shortcuts')}
      </button>
      <Modal
        opened={open}
        onClose={() => setOpen(false)}
        title={t('app.shortcuts')}
        closeButtonProps={{ 'aria-label': t('app.close') }}
      >
        <dl className="shortcut-list">
          {keys.map(([key, does]) => (
            <div key={key}>
              <dt>
                <kbd>{key}</kbd>
              </dt>
              <dd>{t(`inbox.keys.${does}`)}</dd>
            </div>
          ))}
        </dl>
        <Switch
          checked={enabled}
          onChange={(event) => choose(event.currentTarget.checked)}
          label={t('app.shortcuts')}
        />
      </Modal>
    </>
  )
}

function useKeys(enabled: boolean, acts: { readonly help: () => void; readonly refresh: () => void }): void {
  const latest = useRef(acts)
  useEffect(() => {
    latest.current = acts
  })
  useEffect(() => {
    if (!enabled) return undefined
    const onKey = (event: KeyboardEvent): void => {
      if (isTyping(event)) return
      if (event.key === 'j') moveFocus(1)
      else if (event.key === 'k') moveFocus(-1)
      else if (event.key === 'n') latest.current.refresh()
      else if (event.key === '?') latest.current.help()
      else if (event.key === '/') {
        event.preventDefault()
        document.querySelector<HTMLElement>('[data-search]')?.focus()
      }
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [enabled])
}
