/** Real Chromium for tests: the one of the package @sparticuz/chromium, or the one at CHROMIUM_PATH. */
import chromium from '@sparticuz/chromium'
import { chromium as playwright } from 'playwright-core'
import type { Browser } from 'playwright-core'

/** Flags of our own; the package's are made for another kind of host. */
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-default-apps',
  '--disable-extensions',
  '--disable-sync',
  '--font-render-hinting=none',
  '--hide-scrollbars',
  '--mute-audio',
  '--no-first-run',
]

/**
 * Starts a browser without a window. The first start unpacks it, which takes about two seconds.
 * @throws Error that says what to set when there is no Chromium for this machine
 */
export async function startBrowser(): Promise<Browser> {
  const given = process.env['CHROMIUM_PATH']
  const executablePath = given === undefined || given === '' ? await packaged() : given
  return playwright.launch({ executablePath, args: flags, headless: true })
}

async function packaged(): Promise<string> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(
      `The packaged Chromium runs on Linux x64 only, this is ${process.platform} ${process.arch}: set CHROMIUM_PATH to a Chromium or Chrome.`,
    )
  }
  return chromium.executablePath()
}
