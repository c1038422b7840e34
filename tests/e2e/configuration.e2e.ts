import { spawnSync } from 'node:child_process'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, type Page, test } from '@playwright/test'
import { createSystemClock } from '../../src/clock/clock.ts'
import { createDemoFleet, type DemoFleet } from '../../src/demo/demoFleet.fixture.ts'
import { type Desktop, type Folder, goToPage, makeFolder, openDesktop } from './consoles.ts'
import { desktopMissing } from './missing.ts'

// The window watches what a configuration file names: one that the command line names, and another one that is opened later.

const missing = desktopMissing()
test.skip(missing !== null, missing ?? '')

let folder: Folder
let fleet: DemoFleet
let desktop: Desktop

test.beforeAll(async () => {
  folder = await makeFolder()
  fleet = await createDemoFleet({
    clock: createSystemClock(),
    seed: 'configuration',
    servers: [
      { name: 'first', paths: 2 },
      { name: 'second', paths: 2 },
    ],
  })
  for (const { name, input } of fleet.servers) await writeFile(join(folder.dir, `${name}.yaml`), `servers:\n  - name: ${name}\n    url: ${input.url}\n`)
  await writeFile(join(folder.dir, 'wrong.yaml'), 'servers:\n  - name: nowhere\n')
  desktop = await openDesktop({ dir: join(folder.dir, 'data'), args: [`--config=${join(folder.dir, 'first.yaml')}`] })
})
test.afterAll(async () => {
  await desktop?.close()
  await fleet?.[Symbol.asyncDispose]()
  await folder?.remove()
})

const server = (page: Page, name: string) => page.getByRole('grid').getByRole('link', { name, exact: true })
/** File → Open a configuration, and that file chosen in the system's dialog. */
const open = (name: string) =>
  desktop.app.evaluate(
    ({ dialog, Menu }, file) => {
      Object.assign(dialog, { showOpenDialog: async () => ({ canceled: false, filePaths: [file] }) })
      const menu = Menu.getApplicationMenu()?.items.find(({ label }) => label === '&File')
      menu?.submenu?.items.find(({ label }) => label === 'Open a configuration …')?.click()
    },
    join(folder.dir, name),
  )

test('the one that the command line names is watched', async () => {
  const { page } = desktop
  await goToPage(page, 'Servers')
  await expect(server(page, 'first')).toBeVisible()
  await expect(page.getByText('up', { exact: true })).toBeVisible()
})

test('another one that is opened takes its place', async () => {
  const { page } = desktop
  await open('second.yaml')
  await expect(server(page, 'second')).toBeVisible()
  await expect(server(page, 'first')).toBeHidden()
})

test('a wrong one is refused with its line in the language of the window, and a right one opened after it is watched', async () => {
  const { page } = desktop
  await open('wrong.yaml')
  await expect(page.getByText('wrong.yaml:2:')).toBeVisible()
  await page.evaluate(() => localStorage.setItem('mtxdeck.preferences', '{"language":"de"}'))
  await page.reload()
  await expect(page.getByText('wrong.yaml:2:')).toContainText('fehlt')
  await page.evaluate(() => localStorage.clear())
  await page.reload()
  await expect(page.getByText('wrong.yaml:2:')).toContainText('missing')
  await open('first.yaml')
  await expect(server(page, 'first')).toBeVisible()
})

test('mtxdeck start opens the window with the configuration', async () => {
  test.skip(process.platform === 'win32', 'a script stands for Electron')
  const runtime = join(folder.dir, 'runtime')
  await mkdir(runtime)
  await writeFile(join(runtime, 'electron'), `#!/bin/sh\necho "$@" > ${join(runtime, 'arguments')}\n`)
  await chmod(join(runtime, 'electron'), 0o755)
  const { status } = spawnSync(process.execPath, ['bin/mtxdeck.mjs', 'start', '--config', join(folder.dir, 'first.yaml')], {
    env: { ...process.env, DISPLAY: ':0', ELECTRON_OVERRIDE_DIST_PATH: runtime },
  })
  expect(status).toBe(0)
  expect(await readFile(join(runtime, 'arguments'), 'utf8')).toContain(`--config=${join(folder.dir, 'first.yaml')}`)
})
