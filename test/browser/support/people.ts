/** People at their browsers: each seat has a browser context, and everything that goes wrong on a page is kept. */
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core'

/** One person at one seat. */
export interface Person {
  readonly page: Page
  /** Violations of the content policy, and errors of scripts, since sign-in. */
  readonly complaints: string[]
}

/** What a browser says on every first look: nobody is signed in yet. */
const expected = /\/api\/session.*401|status of 401/

/** Opens a browser, takes a seat and waits for the first screen. */
export async function signIn(browser: Browser, url: string, seat: string): Promise<Person> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
  const { page, complaints } = await openPage(context)
  await page.goto(url)
  await page.locator(`[data-seat="${seat}"]`).click()
  await page.locator('.top').waitFor()
  return { page, complaints }
}

/** A page whose complaints are collected. */
export async function openPage(context: BrowserContext): Promise<Pick<Person, 'page' | 'complaints'>> {
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`))
  page.on('console', (message) => {
    if (message.type() === 'error' && !expected.test(message.text())) complaints.push(message.text())
  })
  return { page, complaints }
}

/** Puts a mark in the page that only a reload removes. */
export async function markPage(page: Page): Promise<() => Promise<boolean>> {
  await page.evaluate(() => Object.assign(window, { marked: true }))
  return () => page.evaluate(() => 'marked' in window)
}

/** Fills fields by their labels. */
export async function fill(scope: Locator | Page, fields: Readonly<Record<string, string>>): Promise<void> {
  for (const [label, value] of Object.entries(fields)) await scope.getByLabel(label).fill(value)
}
