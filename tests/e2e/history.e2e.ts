import { readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { expect, type Locator, type Page, test } from '@playwright/test'
import { type Folder, goToPage, inEachKind, makeFolder, type OpenConsole } from './consoles.ts'

// An operator looks for when it began: the timeline of the fleet, its cursor, another period over the charts, and one file
// for a colleague who reaches none of the servers.

const parametersOf = (page: Page) => new URLSearchParams(page.url().split('?')[1])
const spanOf = (page: Page) => Number(parametersOf(page).get('to')) - Number(parametersOf(page).get('from'))
const hour = 3_600_000

inEachKind((kind) => {
  let folder: Folder
  let sat: OpenConsole
  const timeline = (page: Page) => page.getByRole('slider', { name: 'Cursor: arrow keys' })

  test.beforeAll(async () => {
    folder = await makeFolder()
    sat = await kind.open({ dir: folder.dir, demo: true })
    // The window is there before its engine, which has a day of history to write first.
    await expect(sat.page.getByText(/data \d s old/)).toBeVisible()
  })
  test.afterAll(async () => {
    await sat?.close()
    await folder?.remove()
  })

  test('the timeline shows the fleet, and its stretch stands in the address', async () => {
    const { page } = sat
    await goToPage(page, 'History')
    // The day that the demo begins with.
    await expect(page.getByRole('button', { name: '24 h', exact: true })).toHaveAttribute('aria-pressed', 'true')
    await expect(timeline(page)).toHaveAttribute('aria-valuetext', 'now')
    await page.getByRole('button', { name: '1 h', exact: true }).click()
    await expect.poll(() => parametersOf(page).get('range')).toBe('1h')
    await page.keyboard.press('-')
    await expect.poll(() => spanOf(page)).toBe(2 * hour)
  })

  test('the wheel zooms to seconds, and out to three months', async () => {
    const { page } = sat
    const box = await timeline(page).boundingBox()
    if (!box) throw new Error('there is no timeline')
    await page.mouse.move(box.x + box.width * 0.75, box.y + box.height / 2)
    for (let turns = 0; turns < 16; turns++) await page.mouse.wheel(0, -400)
    await expect.poll(() => spanOf(page)).toBe(10_000)
    for (let turns = 0; turns < 30; turns++) await page.mouse.wheel(0, 400)
    await expect.poll(() => spanOf(page)).toBe(92 * 24 * hour)
  })

  test('back leaves a zoom, and only then the page', async () => {
    const { page } = sat
    await goToPage(page, 'Servers')
    await page.getByRole('grid').getByRole('link', { name: 'Hamburg-2' }).click()
    const chart = page.locator('[data-lane="server.bitrateIn"]')
    await expect(chart.locator('path').first()).toBeAttached()
    const drag = async (area: Locator) => {
      const box = await area.boundingBox()
      if (!box) throw new Error('there is no chart')
      await page.mouse.move(box.x + box.width * 0.3, box.y + box.height / 2)
      await page.mouse.down()
      await page.mouse.move(box.x + box.width * 0.9, box.y + box.height / 2, { steps: 5 })
      await page.mouse.up()
    }
    const back = () => page.evaluate(() => history.back())
    await page.getByRole('button', { name: '1 h', exact: true }).click()
    await expect.poll(() => parametersOf(page).get('range')).toBe('1h')
    await drag(chart)
    await expect.poll(() => parametersOf(page).has('to')).toBe(true)
    await back()
    await expect.poll(() => parametersOf(page).get('range')).toBe('1h')
    await expect(page.getByRole('heading', { level: 1, name: 'Hamburg-2' })).toBeVisible()
    await back()
    await expect.poll(() => parametersOf(page).has('range')).toBe(false)
    await expect(page.getByRole('heading', { level: 1, name: 'Hamburg-2' })).toBeVisible()

    await goToPage(page, 'History')
    await expect(timeline(page)).toBeVisible()
    const usual = page.url()
    await page.keyboard.press('+')
    await expect.poll(() => spanOf(page)).toBe(12 * hour)
    await back()
    await expect.poll(() => page.url()).toBe(usual)
    await back()
    await expect(page.getByRole('heading', { level: 1, name: 'Hamburg-2' })).toBeVisible()
    await back()
    await expect(page.getByRole('heading', { level: 1, name: 'Servers' })).toBeAttached()
    await goToPage(page, 'History')
  })

  test('a click takes the whole console to that moment, End brings it back', async () => {
    const { page } = sat
    await page.getByRole('button', { name: '1 h', exact: true }).click()
    await expect(page.getByRole('button', { name: '1 h', exact: true })).toHaveAttribute('aria-pressed', 'true')
    const before = Date.now()
    const box = await timeline(page).boundingBox()
    if (!box) throw new Error('there is no timeline')
    await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2)
    await expect(page.getByText('You are in the past')).toBeVisible()
    const at = Number(parametersOf(page).get('at'))
    expect(Math.abs(before - hour / 2 - at)).toBeLessThan(2 * 60_000)
    await page.keyboard.press('ArrowRight')
    await expect.poll(() => Number(parametersOf(page).get('at'))).toBeGreaterThan(at)
    await page.keyboard.press('End')
    await expect(page.getByText('You are in the past')).toBeHidden()
    await expect(timeline(page)).toHaveAttribute('aria-valuetext', 'now')
  })

  test('another period is laid over the charts, by its dates', async () => {
    const { page } = sat
    await page.getByRole('combobox', { name: 'Compare with another period' }).click()
    await page.getByRole('option', { name: 'Last week' }).click()
    await expect.poll(() => parametersOf(page).get('compare')).toBe('week')
    await expect(page.getByText(/^\d{2} \w+ \d{4}, \d{2}:\d{2} – \d{2} \w+ \d{4}, \d{2}:\d{2}$/)).toBeVisible()
  })

  test('what may be chosen stays within its list in a low window', async () => {
    const { page } = sat
    const size = page.viewportSize()
    if (!size) throw new Error('the window has no size')
    await page.setViewportSize({ width: size.width, height: 560 })
    await page.getByRole('button', { name: 'Server, stream, host or probe' }).click()
    await expect.poll(() => page.getByRole('option').count()).toBeGreaterThan(6)
    const bottomOf = async (place: Locator) => place.evaluate((element) => element.getBoundingClientRect().bottom)
    expect(await bottomOf(page.getByRole('option').last())).toBeLessThanOrEqual(await bottomOf(page.getByRole('dialog')))
    await page.keyboard.press('Escape')
    await page.setViewportSize(size)
  })

  test('charts of a server are found by its name', async () => {
    const { page } = sat
    await page.getByRole('button', { name: 'Server, stream, host or probe' }).click()
    await page.getByRole('combobox', { name: 'Server, stream, host or probe' }).fill('hamburg-2')
    await page.keyboard.press('Enter')
    await expect(page.getByRole('heading', { name: 'Hamburg-2' })).toBeVisible()
    expect(parametersOf(page).getAll('of')).toHaveLength(1)
  })

  test('charts of a machine and of its disk are found by their names, beside those of the server', async () => {
    const { page } = sat
    for (const [text, heading] of [
      [hostname().toLowerCase(), hostname()],
      [`disk / ${hostname()}`, 'Disk /'],
    ] as const) {
      await page.getByRole('button', { name: 'Server, stream, host or probe' }).click()
      await page.getByRole('combobox', { name: 'Server, stream, host or probe' }).fill(text)
      await expect(page.getByRole('option', { name: heading }).first()).toBeVisible()
      await page.keyboard.press('Enter')
      await expect(page.getByRole('heading', { name: heading })).toBeVisible()
    }
    expect(parametersOf(page).getAll('of')).toEqual([
      expect.any(String),
      expect.stringMatching(/^host:host-\w+$/),
      expect.stringMatching(/^host:host-\w+\/disk:\/$/),
    ])
    const charts = page.getByRole('region', { name: 'Charts' })
    await expect(charts.locator('[data-lane="host.cpu"] path').first()).toBeAttached()
    await expect(charts.locator('[data-lane="device.used"] path').first()).toBeAttached()
  })

  // The desktop asks its operator where the file goes, in a dialog of the system.
  if (kind.name === 'browser')
    test('what is drawn of the disk is taken along as figures', async () => {
      const { page } = sat
      // It reads a whole day of the fleet: on a busy machine that takes longer than a click.
      const [download] = await Promise.all([page.waitForEvent('download', { timeout: 60_000 }), page.getByRole('button', { name: 'CSV' }).last().click()])
      expect(download.suggestedFilename()).toBe(`${hostname()}-disk_.csv`)
      const [head = '', ...rows] = (await readFile(await download.path(), 'utf8')).trim().split(/\r?\n/)
      const column = head.split(',').indexOf('disk:/_device.used_mean_percent')
      expect(column).toBeGreaterThan(0)
      const used = rows.map((row) => Number(row.split(',')[column] || Number.NaN)).filter(Number.isFinite)
      expect(used.length).toBeGreaterThan(0)
      expect(Math.min(...used)).toBeGreaterThan(0)
      expect(Math.max(...used)).toBeLessThanOrEqual(100)
    })

  if (kind.name === 'browser')
    test('a bundle of what is looked at is made and fetched', async () => {
      const { page } = sat
      await page.getByRole('button', { name: 'Export a bundle' }).click()
      await page.getByLabel('Note for whoever opens it').fill('look at Hamburg-2')
      // It reads a whole day of the fleet: on a busy machine that takes longer than a click.
      const [download] = await Promise.all([page.waitForEvent('download', { timeout: 180_000 }), page.getByRole('button', { name: 'Create the file' }).click()])
      expect(download.suggestedFilename()).toMatch(/^mtxdeck-.*\.mtxdeck$/)
      await expect(page.locator('body')).toContainText('Saved as')
    })

  test('nothing of it broke a rule of the page', () => expect(sat.complaints).toEqual([]))
})
