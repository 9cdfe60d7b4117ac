import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startDistrict } from '../../services/cli/compose.ts'
import type { District } from '../../services/cli/compose.ts'
import { settle } from '../../services/cli/demo/pipeline.ts'
import { openPlatform } from '../../services/cli/platform.ts'
import type { Platform } from '../../services/cli/platform.ts'
import { loadConfig } from '../../services/platform/config/config.ts'
import { monday, testClock } from '../casework/support.ts'
import { startBrowser } from '../support/browser.ts'
import { fill, markPage, signIn } from './support/people.ts'
import type { Person } from './support/people.ts'

const hour = 3_600_000
const clock = testClock()
let directory = ''
let platform: Platform
let district: District
let browser: Browser

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'weir-loop-'))
  const config = loadConfig({
    WEIR_DATA_DIRECTORY: join(directory, 'data'),
    WEIR_DEMO: 'true',
    WEIR_HTTP_PORT: '0',
    WEIR_METRICS_PORT: '0',
    WEIR_LOG_LEVEL: 'error',
  })
  platform = await openPlatform(config, clock)
  district = await startDistrict(platform, { serve: true })
  browser = await startBrowser()
})

afterAll(async () => {
  await browser.close()
  await district.stop()
  await platform.close()
  await rm(directory, { recursive: true, force: true })
})

/** Forty people pay 40,000 yuan each to one firm on Monday morning: with the thirtieth it is 1.2 million, which is red. */
async function writePayments(): Promise<string> {
  const head = 'txn_id,booked_at,amount,currency,payer_account,payer_id,payer_name,payer_kind,payer_region,'
  const rest = 'payee_account,payee_id,payee_name,payee_kind,payee_region,channel,country,remark,source_id'
  const rows = Array.from({ length: 40 }, (_, index) => {
    const booked = new Date(monday - 3 * hour + index * 60_000).toISOString().replace('Z', '+00:00')
    const payer = `ACCT-${index},PERSON-${index},演示甲${index},person,331004`
    return `T${index},${booked},40000.00,CNY,${payer},ACCT-FIRM,FIRM-1,演示财富公司,enterprise,331004,transfer,,,bank-1`
  })
  const path = join(directory, 'payments.csv')
  await writeFile(path, `${head}${rest}\n${rows.join('\n')}\n`)
  return path
}

/** The card of the case on a department's list of work. */
const card = (page: Page): Locator => page.locator('.task[data-case]').first()

/** Clicks the next step of a case on the workbench; the button must be the expected one. */
async function step(page: Page, command: string): Promise<void> {
  await card(page).locator(`[data-command="${command}"]`).click()
}

/** Fills the dialog of a command and waits until the command was taken. */
async function submit(page: Page, fields: Readonly<Record<string, string>>): Promise<void> {
  const dialog = page.getByRole('dialog')
  await fill(dialog, fields)
  await dialog.getByRole('button', { name: '提交' }).click()
  await dialog.waitFor({ state: 'detached' })
}

/** The number in one of the tiles of the board. */
async function total(page: Page, name: string, value: string): Promise<void> {
  await page.locator(`[data-total="${name}"] .tile-value`, { hasText: new RegExp(`^${value}$`) }).waitFor()
}

const cell = (page: Page, department: string, stage: string): Locator =>
  page.locator(`[data-cell="${department}/${stage}"] .cell`)

const resultFields = {
  结果: '已立案,冻结账户三个',
  文书编号: '演示公经立字〔2026〕1号',
  涉案金额: '120万',
  '冻结、查封金额': '32万',
  挽回金额: '5万',
}

it('goes once round the loop, from payments in a file to the close, through four seats, while the prosecutor watches without a reload', async () => {
  const url = district.web?.url ?? ''
  const people: Person[] = []
  const at = async (seat: string): Promise<Page> => {
    const person = await signIn(browser, url, seat)
    people.push(person)
    return person.page
  }

  // Before anything happened the board says so; from here on it is never reloaded.
  const board = await at('d16-prosecutor')
  await board.getByText('还没有预警').waitFor()
  const isSamePage = await markPage(board)

  // Warn: the firm is reported, and a lead is opened with D01 in the lead.
  await district.ingest.ingestFile(await writePayments())
  await settle(district)
  await district.warn.endOfInput()
  await settle(district)
  await total(board, 'leads', '1')
  await cell(board, 'D01', 'acknowledge').waitFor()

  // Acknowledge, and begin to verify: D01, one click each.
  const lead = await at('d01-officer')
  const caseId = await card(lead).getAttribute('data-case')
  await step(lead, 'acknowledge')
  await step(lead, 'start_verification')
  await cell(board, 'D01', 'verify').waitFor()

  // Verify: the grid worker goes there and records what was found.
  const grid = await at('d12-grid')
  await step(grid, 'acknowledge')
  await step(grid, 'record_verification')
  await submit(grid, {
    核查地点: '路桥区示例路 1 号',
    核查人员: '李丁\n周戊',
    核查发现: '店门关闭,墙上有“月息一分二”的宣传单',
  })

  // Grade: red, with a reason. D02 gets the case.
  await cell(board, 'D01', 'grade').waitFor()
  await card(lead).locator('[data-command="grade"]').click()
  await lead.getByRole('radio', { name: '红卡' }).click()
  await submit(lead, { 理由: '向不特定人员吸收资金,承诺返息' })
  await cell(board, 'D02', 'route').waitFor()

  // D02 lets its two hours pass; the prosecutor sees it and reminds.
  clock.advance(3 * hour)
  const overdue = board.locator('.promise-table tr[data-promise]', { hasText: '公安经侦' }).first()
  await overdue.getByText(/逾期/).waitFor()
  await overdue.locator('[data-command="remind"]').click()
  await submit(board, { 理由: '签收已逾期,请立即办理' })
  await total(board, 'reminded', '1')

  // Handle, feed back, close: D02, who sees that it was reminded.
  const police = await at('d02-officer')
  await card(police).getByText('已被提醒 1 次').waitFor()
  await step(police, 'acknowledge')
  await step(police, 'take_measure')
  await submit(police, { 措施: '立案侦查,提请冻结', 法律依据: '《刑法》第一百七十六条' })
  await step(police, 'feed_back')
  await submit(police, resultFields)
  await cell(board, 'D02', 'close').waitFor()
  await step(police, 'close')
  // What was fed back stands in the form already.
  await submit(police, {})
  await police.getByText('没有待办').waitFor()

  await total(board, 'closed', '1')
  await total(board, 'open', '0')
  expect(await isSamePage()).toBe(true)

  // The case tells all of it, in order, to whoever looks.
  await board.goto(`${url}/cases/${caseId ?? ''}`)
  await board.locator('[data-event="closed"]').waitFor()
  const told = await board
    .locator('[data-event]')
    .evaluateAll((rows) => rows.map((row) => row.getAttribute('data-event')))
  // How many warnings the engine appends is not this test's business.
  expect(told.toReversed().filter((type) => type !== 'warning_appended')).toEqual([
    'lead_opened',
    'dispatched',
    'acknowledged',
    'verification_started',
    'acknowledged',
    'verified',
    'graded',
    'dispatched',
    'reminded',
    'acknowledged',
    'measure_taken',
    'fed_back',
    'closed',
  ])
  expect(people.flatMap((person) => person.complaints)).toEqual([])
})
