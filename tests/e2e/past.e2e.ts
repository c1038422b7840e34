import { expect, type Page, test } from '@playwright/test'
import { createSystemClock } from '../../src/clock/clock.ts'
import { createDemoFleet, type DemoFleet } from '../../src/demo/demoFleet.fixture.ts'
import { type Folder, goToPage, inEachKind, makeFolder, type OpenConsole, rowOf } from './consoles.ts'

// An operator goes back to before a trouble: every page is then at that moment, and nothing of now is seen but the hint that
// is named so.

const serverName = 'studio'
const first = 'news/cam-1'
const second = 'news/cam-2'

const momentOf = (page: Page) => new URLSearchParams(page.url().split('?')[1]).get('at')

inEachKind((kind) => {
  let folder: Folder
  let fleet: DemoFleet
  let sat: OpenConsole
  /** A whole second at which both cameras were live, as logs write it. */
  let calm = ''

  test.beforeAll(async () => {
    folder = await makeFolder()
    fleet = await createDemoFleet({
      clock: createSystemClock(),
      seed: 'past',
      servers: [
        {
          name: serverName,
          paths: [
            { name: first, mode: 'publisher', source: 'rtmpConn', tracks: 'h264Aac', readers: ['rtspSession'] },
            { name: second, mode: 'publisher', source: 'srtConn', tracks: 'h264' },
          ],
        },
      ],
    })
    sat = await kind.open({ dir: folder.dir })
    const { page } = sat
    await page.getByRole('button', { name: 'Add a server' }).click()
    await page.getByLabel('Address of its API').fill(fleet.server(serverName).url)
    await page.getByLabel('Name').fill(serverName)
    await page
      .getByRole('button', { name: 'Add anyway' })
      .or(page.getByRole('button', { name: 'Add', exact: false }).last())
      .first()
      .click()
    await goToPage(page, 'Streams')
    for (const path of [first, second]) await expect(rowOf(page, path)).toContainText(/live/i)
    // The second poll from now on is behind that moment for sure.
    const at = Math.ceil(Date.now() / 1000) * 1000 + 2000
    calm = new Date(at).toISOString().replace('.000Z', 'Z')
    await expect.poll(() => Date.now()).toBeGreaterThan(at + 4000)
    fleet.server(serverName).trouble({ kind: 'publisherGone', path: first })
    await expect(rowOf(page, first)).toContainText(/gone/i)
  })
  test.afterAll(async () => {
    await sat?.close()
    await fleet?.[Symbol.asyncDispose]()
    await folder?.remove()
  })

  test('a moment is typed, and the pages show what was then', async () => {
    const { page } = sat
    await page.keyboard.press('p')
    await page.getByRole('textbox', { name: 'Moment' }).fill('2026-02-31 10:00')
    await page.keyboard.press('Enter')
    await expect(page.getByText('Enter it like 2026-11-14 03:14:27')).toBeVisible()
    await page.getByRole('textbox', { name: 'Moment' }).fill(calm)
    await page.keyboard.press('Enter')
    const bar = page.getByRole('region', { name: 'The past' })
    await expect(bar).toContainText('You are in the past:')
    await expect(rowOf(page, first)).toContainText(/live/i)
    expect(momentOf(page)).toBe(String(Date.parse(calm)))
    await goToPage(page, 'Overview')
    await expect(page.getByText('No stream in trouble')).toBeVisible()
    await expect(page.getByText('left after')).toHaveCount(0)
  })

  test('what happens now does not leak into it, and stands only where it is labelled so', async () => {
    const { page } = sat
    const hint = page.locator('[data-live-hint]')
    await expect(hint).toHaveAccessibleName(/now: 1 critical/)
    fleet.server(serverName).trouble({ kind: 'publisherGone', path: second })
    await expect(hint).toHaveAccessibleName(/now: 2 critical/)
    await expect(page).toHaveTitle(/^\(2\) critical/)
    await expect(page.getByText('No stream in trouble')).toBeVisible()
    await goToPage(page, 'Streams')
    for (const path of [first, second]) await expect(rowOf(page, path)).toContainText(/live/i)
    await rowOf(page, first).getByRole('link').click()
    // A snapshot of then, or that there is none.
    await expect(page.locator('[data-picture="past"]')).toBeVisible()
    await expect(page.locator('video')).toHaveCount(0)
    await expect(page.locator('h1 + *')).toContainText(/live/i)
    // The table of lives has a column Gone: there it was still on air, and nothing had happened yet.
    await expect(page.getByRole('main')).toContainText('still on air')
    await expect(page.getByRole('main')).toContainText('no events in this range')
    await page.getByRole('link', { name: `${serverName} /` }).click()
    await expect(page.getByRole('link', { name: 'Edit' })).toHaveCount(0)
    await page.getByRole('tab', { name: 'Sessions' }).click()
    // Who was connected then, and not when they were going to leave.
    for (const path of [first, second]) await expect(page.getByRole('row').filter({ hasText: path }).first()).toContainText('still on')
    expect(momentOf(page)).toBe(String(Date.parse(calm)))
  })

  test('the address says it all: loaded again, the console is at the same moment', async () => {
    const { page } = sat
    await page.reload()
    await expect(page.getByRole('region', { name: 'The past' })).toBeVisible()
    await goToPage(page, 'Overview')
    await expect(page.getByText('No stream in trouble')).toBeVisible()
  })

  test('what is listed can be changed while the moment moves, which stays where it is', async () => {
    const { page } = sat
    await goToPage(page, 'Streams')
    const bar = page.getByRole('region', { name: 'The past' })
    const before = Number(await bar.getAttribute('data-past'))
    // The address follows a moment later.
    await page.keyboard.press('.')
    await page.getByRole('columnheader', { name: 'Stream' }).getByRole('button').click()
    await expect.poll(() => new URLSearchParams(page.url().split('?')[1]).get('sort')).toBe('name')
    expect(Number(await bar.getAttribute('data-past'))).toBe(before + 2000)
    expect(momentOf(page)).toBe(String(before + 2000))
    await page.keyboard.press(',')
    await expect.poll(() => momentOf(page)).toBe(String(before))
    await goToPage(page, 'Overview')
  })

  test('it is stepped and played back to now', async () => {
    const { page } = sat
    const box = page.getByRole('region', { name: 'Penalty box' })
    await page.keyboard.press('.')
    await expect.poll(() => momentOf(page)).toBe(String(Date.parse(calm) + 2000))
    await page.getByRole('combobox', { name: 'Speed' }).click()
    await page.getByRole('option', { name: '600 ×' }).click()
    // The list of speeds has the focus still: its keys are none of its own.
    await page.keyboard.press('k')
    await expect(page.getByRole('region', { name: 'The past' })).toHaveCount(0)
    expect(momentOf(page)).toBeNull()
    for (const path of [first, second]) await expect(box).toContainText(path)
  })

  test('back goes into the past, Escape comes back to now', async () => {
    const { page } = sat
    await page.goBack()
    await expect(page.getByRole('region', { name: 'The past' })).toBeVisible()
    await page.keyboard.press('Escape')
    await expect(page.getByRole('region', { name: 'The past' })).toHaveCount(0)
    await goToPage(page, 'Overview')
    await expect(page.getByRole('region', { name: 'Penalty box' })).toContainText(first)
  })

  test('no page complained', () => {
    expect(sat.complaints).toEqual([])
  })
})
