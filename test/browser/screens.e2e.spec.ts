import axe from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { aWarning, command, member } from '../casework/support.ts'
import { startBrowser } from '../support/browser.ts'
import { startTestDistrict } from './support/district.ts'
import type { TestDistrict } from './support/district.ts'
import { fill, markPage, openPage, signIn } from './support/people.ts'
import type { Person } from './support/people.ts'
import { playScene } from './support/scene.ts'

let district: TestDistrict
let browser: Browser
let red = ''
/** One browser per seat for all tests: what is in its cache need not be fetched again. */
const people = new Map<string, Person>()

beforeAll(async () => {
  ;[district, browser] = await Promise.all([startTestDistrict(), startBrowser()])
  await playScene(district)
  const tasks = await district.casework.tasks('D02')
  red = tasks[0]?.lead.case_id ?? ''
})

afterEach(async () => {
  // A page left open would go on asking, and complain in the next test.
  for (const { page } of people.values()) {
    await page.unrouteAll()
    await page.goto('about:blank')
  }
  const complaints = [...people.values()].flatMap((person) => person.complaints.splice(0))
  // Zero violations of the content policy and zero script errors, in every test.
  expect(complaints).toEqual([])
})

afterAll(async () => {
  await browser.close()
  await district.stop()
})

async function at(seat: string, path: string, language = 'zh'): Promise<Person> {
  const person = people.get(seat) ?? (await signIn(browser, district.url, seat))
  people.set(seat, person)
  const { page } = person
  await page.setViewportSize({ width: 1440, height: 900 })
  await page.goto(district.url + path)
  await speak(page, language)
  await page.locator('.screen').waitFor()
  return person
}

/** Switches the language with the button, if it is not the one already. */
async function speak(page: Page, language: string): Promise<void> {
  await page.locator('.top').waitFor()
  const now = await page.locator('html').getAttribute('lang')
  if (now?.startsWith(language) !== true) await page.locator('.top-button').click()
}

interface AxeResult {
  readonly violations: readonly {
    readonly id: string
    readonly impact: string
    readonly nodes: readonly { readonly html: string }[]
  }[]
}

/** What axe finds against WCAG 2.2 A and AA. */
async function violationsOn(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source)
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']
  const { violations } = await page.evaluate<AxeResult, string[]>(
    (values) =>
      (window as unknown as { axe: { run(options: object): Promise<AxeResult> } }).axe.run({
        runOnly: values,
      }),
    tags,
  )
  return violations.map(({ id, impact, nodes }) => `${id} (${impact}): ${nodes[0]?.html ?? ''}`)
}

describe('every screen', () => {
  it.each([
    ['d16-prosecutor', '/inbox', '.leads'],
    ['d16-prosecutor', '/board', '.promise-table'],
    ['d01-officer', '/work', '.task'],
    ['d02-officer', '/cases/:red', '.stepper'],
  ])('for %s at %s meets WCAG 2.2 AA in both languages', async (seat, path, landmark) => {
    for (const language of ['zh', 'en']) {
      const { page } = await at(seat, path.replace(':red', red), language)
      await page.locator(landmark).first().waitFor()
      expect(await violationsOn(page)).toEqual([])
    }
  })

  it('also the sign-in and an open form do', async () => {
    const context = await browser.newContext()
    const { page } = await openPage(context)
    await page.goto(district.url)
    await page.locator('[data-seat]').first().waitFor()
    expect(await violationsOn(page)).toEqual([])
    await context.close()
    const prosecutor = await at('d16-prosecutor', '/board')
    await prosecutor.page.locator('[data-command="supervise"]').first().click()
    await prosecutor.page.getByRole('dialog').getByLabel('理由').waitFor()
    expect(await violationsOn(prosecutor.page)).toEqual([])
  })

  it('shows no case to a seat that need not know any', async () => {
    const { page } = await at('operator', '/inbox')
    await page.getByText('按需知原则').waitFor()
    expect(await page.locator('.top-nav a').count()).toBe(0)
  })

  it.each(['/work', '/inbox', '/cases/:red'])(
    'at %s needs no sideways scrolling on a telephone',
    async (path) => {
      const { page } = await at('d02-officer', path.replace(':red', red))
      for (const width of [390, 320]) {
        await page.setViewportSize({ width, height: 800 })
        const overflow = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        )
        expect(overflow).toBe(0)
      }
    },
  )

  it('speaks English after one click, and says so to assistive technology', async () => {
    const { page } = await at('d16-prosecutor', '/inbox')
    await page.getByRole('button', { name: 'English' }).click()
    await page.getByRole('heading', { name: 'Leads' }).waitFor()
    expect(await page.locator('html').getAttribute('lang')).toBe('en')
  })
})

describe('the inbox', () => {
  it('keeps its filters in the address, offers to clear them, and goes back', async () => {
    const { page } = await at('d16-prosecutor', '/inbox')
    await page.getByLabel('级别').selectOption('blue')
    await page.locator('.lead-blue').waitFor()
    await expect.poll(() => page.locator('tr.lead').count()).toBe(1)
    expect(new URL(page.url()).search).toBe('?level=blue')
    await page.getByLabel('搜索主体').fill('没有这样的主体')
    await page.getByText('没有符合条件的线索').waitFor()
    await page.getByRole('button', { name: '清除筛选' }).click()
    await page.locator('.lead-red').first().waitFor()
    await page.goBack()
    await page.getByText('没有符合条件的线索').waitFor()
  })

  it('is walked with j, k, Enter and /, but not while typing', async () => {
    const { page } = await at('d16-prosecutor', '/inbox')
    await page.locator('tr.lead').first().waitFor()
    const focused = () =>
      page.evaluate(() => document.activeElement?.closest('tr')?.getAttribute('data-case'))
    const ids = await page
      .locator('tr.lead')
      .evaluateAll((rows) => rows.map((row) => row.getAttribute('data-case')))
    for (const key of ['j', 'j', 'k']) await page.keyboard.press(key)
    expect(await focused()).toBe(ids[0])
    await page.keyboard.press('/')
    await page.keyboard.type('jk')
    expect(await page.getByLabel('搜索主体').inputValue()).toBe('jk')
    await page.getByLabel('搜索主体').fill('')
    await page.locator('tr.lead').nth(1).waitFor()
    await page.getByRole('heading', { name: '线索池' }).click()
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.locator('.case-header').waitFor()
  })

  it('announces new leads in a pill and moves no row until asked', async () => {
    const { page } = await at('d16-prosecutor', '/inbox')
    await page.locator('.live-live').waitFor()
    const rows = () =>
      page.locator('tr.lead').evaluateAll((all) => all.map((row) => row.getAttribute('data-case')))
    const before = await rows()
    await district.warn([
      aWarning({ warning_id: 'w-new', subject_id: 'p_New1', event_time: district.clock.now() }),
    ])
    const pill = page.getByRole('button', { name: '1 条新的' })
    await pill.waitFor()
    expect(await rows()).toEqual(before)
    await pill.click()
    await page.locator('tr.lead').nth(before.length).waitFor()
    expect((await rows())[0]).not.toBe(before[0])
  })

  it('shows the request id when it cannot be read, and tries again', async () => {
    const { page, complaints } = await at('d16-prosecutor', '/inbox')
    await page.route('**/api/leads?*', async (route) => {
      const body = JSON.stringify({ code: 'internal_error', detail: '', request_id: 'id-4711' })
      await route.fulfill({ status: 500, contentType: 'application/problem+json', body })
    })
    await page.goto(`${district.url}/inbox?level=red`)
    await page.getByText('id-4711').waitFor()
    await page.unroute('**/api/leads?*')
    await page.getByRole('button', { name: '重试' }).click()
    await page.locator('.lead-red').first().waitFor()
    expect(complaints.splice(0).every((text) => text.includes('500'))).toBe(true)
  })

  it('says that it is old when it can no longer be brought up to date', async () => {
    const { page, complaints } = await at('d16-prosecutor', '/inbox')
    await page.locator('.live-live').waitFor()
    await page.route('**/api/leads?*', (route) => route.abort())
    await district.warn([
      aWarning({ warning_id: 'w-stale', subject_id: 'p_Stale1', event_time: district.clock.now() }),
    ])
    await page.locator('.stale').waitFor()
    expect(await page.locator('tr.lead').count()).toBeGreaterThan(0)
    expect(complaints.splice(0).every((text) => text.includes('ERR_FAILED'))).toBe(true)
  })
})

describe('the case page', () => {
  it('tells why something cannot be done', async () => {
    const { page } = await at('d02-officer', `/cases/${red}`)
    const close = page.locator('.unavailable [data-command="close"]')
    expect(await close.isDisabled()).toBe(true)
    const reason = await close.getAttribute('aria-describedby')
    expect(await page.locator(`[id="${reason ?? ''}"]`).textContent()).toBe('处置单位尚未签收。')
  })

  it('shows what changed elsewhere without a reload, and refuses to overwrite it', async () => {
    const { page, complaints } = await at('d02-officer', `/cases/${red}`)
    const isSamePage = await markPage(page)
    await page.locator('.action-list [data-command="comment"]').click()
    const dialog = page.getByRole('dialog')
    await fill(dialog, { 内容: '已联系对方单位' })
    const elsewhere = await district.casework.execute(
      command({ type: 'comment', text: '另一人的留言' }),
      red,
      member('D01'),
    )
    expect(elsewhere.outcome).toBe('done')
    await page.locator('[data-event="commented"]', { hasText: '另一人的留言' }).waitFor()
    await dialog.getByRole('button', { name: '提交' }).click()
    await dialog.getByText('案件刚刚被别人更新了').waitFor()
    expect(await dialog.getByLabel('内容').inputValue()).toBe('已联系对方单位')
    await dialog.getByRole('button', { name: '读取最新情况' }).click()
    await dialog.getByRole('button', { name: '提交' }).click()
    await page.locator('[data-event="commented"]', { hasText: '已联系对方单位' }).waitFor()
    expect(await isSamePage()).toBe(true)
    expect(complaints.splice(0).every((text) => text.includes('409'))).toBe(true)
  })

  it('shows an identity only for a reason, and writes the look into the history', async () => {
    const { page } = await at('d02-officer', `/cases/${red}`)
    const panel = page.locator('.reveal')
    await panel.getByRole('button', { name: '查看真实身份' }).click()
    await panel.getByRole('button', { name: '查看真实身份' }).click()
    await panel.getByText('至少 5 个字').waitFor()
    await fill(panel, { 理由: '立案需要核对主体身份' })
    await panel.getByRole('button', { name: '查看真实身份' }).click()
    await panel.getByText('测试甲').waitFor()
    await page.locator('[data-event="identity_revealed"]', { hasText: '立案需要核对主体身份' }).waitFor()
  })
})
