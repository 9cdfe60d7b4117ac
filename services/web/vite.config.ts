/** How the browser app is built. Used by build.ts; `npx vite --config services/web/vite.config.ts` serves it for development. */
import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import type { Plugin, UserConfig } from 'vite'

/** Every browser that can run the app reads WOFF2; without this each of ~200 subsets would be shipped twice. */
const onlyWoff2: Plugin = {
  name: 'weir:only-woff2',
  enforce: 'pre',
  transform(code, id) {
    if (!/@fontsource.+\.css(?:\?|$)/.test(id)) return undefined
    return { code: code.replaceAll(/,\s*url\([^)]+\.woff\)\s*format\('woff'\)/g, ''), map: null }
  },
}

const config: UserConfig = {
  root: fileURLToPath(new URL('./browser', import.meta.url)),
  plugins: [onlyWoff2, react()],
  logLevel: 'warn',
  build: {
    target: 'es2022',
    // data: URLs would need an exception in the content policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    emptyOutDir: true,
    chunkSizeWarningLimit: 1000,
  },
  server: { proxy: { '/api': process.env['WEIR_API'] ?? 'http://127.0.0.1:8480' } },
}

export default config
