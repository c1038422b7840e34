import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import { browseConsole, type Desktop, expectBundle, type Folder, goToPage, makeFolder, type OpenConsole, openDesktop } from './consoles.ts'
import { browserMissing, desktopMissing } from './missing.ts'

// A bundle that the desktop saved is opened where none of its servers is known: in a window of its own, and in the browser.

const missing = desktopMissing()
test.skip(missing !== null, missing ?? '')
test.describe.configure({ mode: 'serial' })

let folder: Folder
let desktop: Desktop
let file = ''

test.beforeAll(async () => {
  folder = await makeFolder()
  file = join(folder.dir, 'last night.mtxdeck')
  desktop = await openDesktop({ dir: join(folder.dir, 'data'), demo: true })
  await expect(desktop.page.getByText('Penalty box')).toBeVisible()
})
test.afterAll(async () => {
  await desktop?.close()
  await folder?.remove()
})

const servers = /^(Berlin|Hamburg|Zürich)/

test('the desktop saves a bundle where its operator says', async () => {
  const { app, page } = desktop
  await app.evaluate(({ dialog }, path) => {
    dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath: path })
  }, file)
  await goToPage(page, 'History')
  await page.getByRole('button', { name: '1 h', exact: true }).click()
  await page.getByRole('button', { name: 'Export a bundle' }).click()
  await page.getByRole('button', { name: 'Create the file' }).click()
  // It is made by a thread that gives way to all others.
  await expect(page.locator('body')).toContainText('Saved as', { timeout: 180_000 })
  await expect.poll(() => existsSync(file)).toBe(true)
  expect(desktop.complaints).toEqual([])
})

test('it opens in a window of its own, beside the one that watches', async () => {
  const opened = await openDesktop({ dir: join(folder.dir, 'other'), args: [`--open=${file}`] })
  try {
    await expectBundle(opened.page, servers)
    expect(opened.complaints).toEqual([])
  } finally {
    await opened.close()
  }
  await expect(desktop.page.getByRole('button', { name: 'Export a bundle' })).toBeVisible()
})

test('it opens in the browser with mtxdeck open', async () => {
  test.skip(browserMissing() !== null, browserMissing() ?? '')
  let opened: OpenConsole | null = null
  try {
    opened = await browseConsole(['open', '--browser', file])
    await expectBundle(opened.page, servers)
    expect(opened.complaints).toEqual([])
  } finally {
    await opened?.close()
  }
})
