/** Starts the app in the page. */
import '@mantine/core/styles.css'
import '@mantine/notifications/styles.css'
import '@fontsource/noto-sans-sc/400.css'
import '@fontsource/noto-sans-sc/600.css'
import './base.css'
import './shared/shared.css'
import './signin/signin.css'
import './inbox/inbox.css'
import './case/case.css'
import './work/work.css'
import './board/board.css'
import { MantineProvider } from '@mantine/core'
import { Notifications } from '@mantine/notifications'
import { QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { BrowserRouter } from 'react-router'
import { createQueryClient } from './api/queries.ts'
import { App } from './app.tsx'
import { startLanguages } from './i18n/index.ts'
import { theme } from './theme.ts'

/** The page's permission for style sheets made at run time; the browser hides it from the attribute, not from the property. */
function styleNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? ''
}

const root = document.querySelector('#root')
if (root === null) throw new Error('index.html has no #root')
// Dialogs stop the page behind them with a style sheet of their own, which asks here for permission.
Object.assign(globalThis, { __webpack_nonce__: styleNonce() })
await startLanguages()
createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} forceColorScheme="light" getStyleNonce={styleNonce}>
      <QueryClientProvider client={createQueryClient()}>
        <BrowserRouter>
          <App />
        </BrowserRouter>
      </QueryClientProvider>
      <Notifications position="bottom-right" limit={3} />
    </MantineProvider>
  </StrictMode>,
)
