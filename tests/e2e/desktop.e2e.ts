import { spawn } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import { type Desktop, expectConfined, type Folder, goToAddress, makeFolder, npmStart, openDesktop, readInApp } from './consoles.ts'
import { desktopMissing, electronPath } from './missing.ts'

// What only the desktop has: the shell around the page.

const missing = desktopMissing()
test.skip(missing !== null, missing ?? '')

let folder: Folder
let desktop: Desktop

test.beforeAll(async () => {
  folder = await makeFolder()
  desktop = await openDesktop({ dir: folder.dir, demo: true })
  await expect(desktop.page.getByText('Penalty box')).toBeVisible()
})
test.afterAll(async () => {
  await desktop?.close()
  await folder?.remove()
})

test('the window is sandboxed and isolated', async () => {
  const preferences = await desktop.app.evaluate(({ BrowserWindow }) => {
    const window = BrowserWindow.getAllWindows()[0]
    const contents = window?.webContents as unknown as { getLastWebPreferences: () => Record<string, unknown> }
    const { sandbox, contextIsolation, nodeIntegration, webSecurity, webviewTag } = contents.getLastWebPreferences()
    return { sandbox, contextIsolation, nodeIntegration, webSecurity, webviewTag: webviewTag ?? false }
  })
  expect(preferences).toEqual({ sandbox: true, contextIsolation: true, nodeIntegration: false, webSecurity: true, webviewTag: false })
})

test('the page has only the calls of the shell, and a policy that knows no eval and nothing from outside', async () => {
  await expectConfined(desktop.page)
})

test('the page gets no permission but to copy and to fill the screen', async () => {
  const states = await desktop.page.evaluate(async () => {
    const asked = ['geolocation', 'notifications', 'camera', 'microphone', 'midi'] as unknown as PermissionName[]
    return Promise.all(asked.map(async (name) => (await navigator.permissions.query({ name })).state))
  })
  expect(states).toEqual(['denied', 'denied', 'denied', 'denied', 'denied'])
  const asked = await desktop.page.evaluate(async () => ({
    notifications: await Notification.requestPermission(),
    place: await new Promise((resolve) => navigator.geolocation.getCurrentPosition(resolve, (error) => resolve(error.code === error.PERMISSION_DENIED))),
  }))
  expect(asked).toEqual({ notifications: 'denied', place: true })
})

test('the relay answers to the app alone', async () => {
  // Through app:// the engine is asked, and knows no such ticket.
  const status = await desktop.page.evaluate(async () => (await fetch('/relay/nonsense/index.m3u8')).status)
  expect([400, 403, 404, 410]).toContain(status)
})

test('title and tray carry the worst state', async () => {
  await expect.poll(() => readInApp(() => desktop.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getTitle()))).toMatch(/\d/)
})

test('an alarm is notified through the system, and a click on that leads to it', async () => {
  const { app, page } = desktop
  await app.evaluate(({ Notification }) => {
    const shown: Electron.Notification[] = []
    Object.assign(globalThis, { shown })
    // Nobody shows notifications on a display of tests.
    Object.assign(Notification, { isSupported: () => true })
    Notification.prototype.show = function () {
      shown.push(this)
    }
  })
  const shown = () =>
    readInApp(() =>
      app.evaluate(() => (globalThis as unknown as { shown: Electron.Notification[] }).shown.map(({ title, body, silent }) => ({ title, body, silent }))),
    )
  // The window asks once, when it opens.
  await page.reload()
  await goToAddress(page, '/settings/notifications')
  await page.getByRole('button', { name: 'Send a test' }).click()
  await expect.poll(shown).toContainEqual({ title: 'mtxdeck', body: 'Test', silent: true })
  await app.evaluate(() => (globalThis as unknown as { shown: Electron.Notification[] }).shown.find(({ title }) => title === 'mtxdeck')?.emit('click'))
  await expect(page).toHaveURL(/#\/alarms$/)
})

test('menu, tray and dialogs speak the language that is chosen in the window, at once', async () => {
  const { app, page } = desktop
  const menu = () =>
    readInApp(() =>
      app.evaluate(({ Menu }) => {
        const labels = (items: readonly Electron.MenuItem[]): string[] =>
          items.flatMap(({ label, type, submenu }) => [...(type === 'separator' ? [] : [label]), ...labels(submenu?.items ?? [])])
        return labels(Menu.getApplicationMenu()?.items ?? [])
      }),
    )
  await app.evaluate(({ Tray, dialog }) => {
    const said: { tray: string; filter: string | undefined } = { tray: '', filter: '' }
    Object.assign(globalThis, { said })
    Tray.prototype.setToolTip = (text: string) => {
      said.tray = text
    }
    Object.assign(dialog, {
      showOpenDialog: async ({ filters }: Electron.OpenDialogOptions) => {
        said.filter = filters?.[0]?.name
        return { canceled: true, filePaths: [] }
      },
    })
  })
  const said = () => readInApp(() => app.evaluate(() => (globalThis as unknown as { said: { tray: string; filter: string } }).said))
  const english = await menu()
  await goToAddress(page, '/settings/display')
  await page.getByLabel('Language').click()
  await page.getByRole('option', { name: 'Deutsch' }).click()
  await expect.poll(menu).toContain('Konfiguration öffnen …')
  const german = await menu()
  expect(german).toHaveLength(english.length)
  expect(german.filter((label) => english.includes(label))).toEqual([])
  await expect.poll(async () => (await said()).tray, { timeout: 60_000 }).toMatch(/^mtxdeck: (?:1 offener Vorfall|\d+ offene Vorfälle, der schlimmste): \S+$/)
  await app.evaluate(({ Menu }) => Menu.getApplicationMenu()?.items[0]?.submenu?.items[1]?.click())
  expect((await said()).filter).toBe('mtxdeck')
  expect(await app.evaluate(({ Menu }) => Menu.getApplicationMenu()?.getMenuItemById('demo')?.checked)).toBe(true)
  await page.getByLabel('Sprache').click()
  await page.getByRole('option', { name: 'English' }).click()
  await expect.poll(menu).toEqual(english)
  await goToAddress(page, '/')
})

test('a file is saved where the operator says, and only by our page', async () => {
  const { app, page } = desktop
  const target = `${folder.dir}/saved.csv`
  await app.evaluate(({ dialog }, filePath) => {
    Object.assign(dialog, { showSaveDialog: async () => ({ canceled: false, filePath }) })
  }, target)
  const saved = await page.evaluate(() =>
    (window as unknown as { mtxdeckShell: { saveFile: (name: string, text: string) => Promise<boolean> } }).mtxdeckShell.saveFile('../x.csv', 'a;b\n'),
  )
  expect(saved).toBe(true)
  expect(await readFile(target, 'utf8')).toBe('a;b\n')
})

test('a file that cannot be written is reported in a dialog, and is not taken for saved', async () => {
  const { app, page } = desktop
  const target = `${folder.dir}/nowhere/saved.csv`
  await app.evaluate(({ dialog }, filePath) => {
    Object.assign(dialog, {
      showSaveDialog: async () => ({ canceled: false, filePath }),
      showMessageBox: async ({ message }: Electron.MessageBoxOptions) => Object.assign(globalThis, { told: message }),
    })
  }, target)
  const saved = await page.evaluate(() =>
    (window as unknown as { mtxdeckShell: { saveFile: (name: string, text: string) => Promise<boolean> } }).mtxdeckShell
      .saveFile('x.csv', 'a;b\n')
      .catch((error: unknown) => String(error)),
  )
  expect(saved).toBe(false)
  expect(await app.evaluate(() => (globalThis as unknown as { told: string }).told)).toMatch(new RegExp(`^${target} cannot be written \\(ENOENT`))
})

test('a lock lets others see everything and change nothing, until its password is entered', async () => {
  const { page } = desktop
  const dialog = page.getByRole('dialog')
  await goToAddress(page, '/settings/display')
  await page.getByRole('button', { name: 'Set a lock' }).click()
  await dialog.getByLabel('Password', { exact: true }).fill('night shift')
  await dialog.getByLabel('Password again').fill('night shift')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('navigation').getByRole('button', { name: 'Lock this desk' }).click()
  const unlock = page.getByRole('button', { name: 'Unlock this desk' })
  await expect(unlock.first()).toBeVisible()
  await goToAddress(page, '/settings/servers')
  await expect(page.getByText('Berlin-1').first()).toBeVisible()
  await expect(page.getByRole('button', { name: 'Add a server' })).toHaveCount(0)
  await unlock.click()
  await dialog.getByLabel('Password').fill('day shift')
  await dialog.getByRole('button', { name: 'Unlock this desk' }).click()
  await expect(dialog).toContainText('is not right')
  await dialog.getByLabel('Password').fill('night shift')
  await dialog.getByRole('button', { name: 'Unlock this desk' }).click()
  await expect(page.getByRole('button', { name: 'Add a server' }).first()).toBeVisible()
  await goToAddress(page, '/settings/display')
  await page.getByRole('button', { name: 'Remove the lock' }).click()
  await dialog.getByLabel('Present password').fill('night shift')
  await dialog.getByRole('button', { name: 'Remove', exact: true }).click()
  await expect(page.getByText('Not set')).toBeVisible()
  await goToAddress(page, '/')
})

test('a second start shows the first window instead', async () => {
  const { app } = desktop
  await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.minimize())
  const second = openDesktop({ dir: folder.dir }).then(
    () => 'started',
    () => 'gave way',
  )
  expect(await second).toBe('gave way')
  await expect
    .poll(() => readInApp(() => app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().map((window) => window.isMinimized()))))
    .toEqual([false])
})

test('an engine that is killed is said, started again, and the figures go on', async () => {
  const { app, page } = desktop
  const enginePid = () => readInApp(() => app.evaluate(({ app: main }) => main.getAppMetrics().find(({ name }) => name === 'mtxdeck engine')?.pid))
  const first = await enginePid()
  expect(first).toBeGreaterThan(0)
  process.kill(first as number, 'SIGKILL')
  await expect(
    page
      .getByRole('alert')
      .or(page.getByRole('status'))
      .filter({ hasText: /engine/i })
      .first(),
  ).toBeVisible()
  await expect.poll(enginePid).not.toBe(first)
  await expect(page.getByText(/data \d s old/)).toBeVisible()
})

test('the demo fleet is left and entered again without a restart', async () => {
  const { page } = desktop
  const explore = (demo: boolean) =>
    page.evaluate((wanted) => (window as unknown as { mtxdeckShell: { exploreDemo: (demo: boolean) => void } }).mtxdeckShell.exploreDemo(wanted), demo)
  await explore(false)
  await expect(page.getByText('Welcome to mtxdeck')).toBeVisible()
  await explore(true)
  await page.getByRole('button', { name: 'To the Overview' }).click()
  await expect(page.getByText('Penalty box')).toBeVisible()
  await expect(page.getByText('Berlin-1').first()).toBeVisible()
})

test('a start that names what is not there is refused in English, as commands are, at its terminal and in a dialog', async () => {
  const program = [process.getuid?.() === 0 ? '--no-sandbox' : '', '--lang=de', `--user-data-dir=${folder.dir}/refused`, '.', '--open=nachts.mtxdeck']
  const refused = spawn(electronPath() ?? '', program.filter(Boolean), { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  refused.stderr.on('data', (chunk: Buffer) => {
    said += chunk
  })
  await expect.poll(() => said).toMatch(/There is no bundle \S+nachts\.mtxdeck\./)
  // Its dialog waits for somebody.
  refused.kill('SIGKILL')
})

// Last: Playwright waits for ever for the end of a navigation that was denied.
test('the page cannot leave, and opens no window: what it links to on the web is opened by the system', async () => {
  const { app, page } = desktop
  await app.evaluate(({ shell }) => {
    Object.assign(globalThis, { opened: [] })
    shell.openExternal = async (url) => void (globalThis as unknown as { opened: string[] }).opened.push(url)
  })
  const before = page.url()
  await page.evaluate(() => {
    location.href = 'https://example.org/'
  })
  await page.evaluate(() => {
    const frame = document.createElement('iframe')
    frame.src = 'https://example.org/'
    document.body.append(frame)
    setTimeout(() => frame.remove(), 200)
  })
  for (const url of ['https://wiki.example/runbook', 'file:///etc/passwd', 'ftp://files.example/', 'app://mtxdeck/'])
    expect(await page.evaluate((to) => window.open(to), url)).toBeNull()
  await page.waitForTimeout(300)
  expect(await readInApp(() => app.evaluate(() => (globalThis as unknown as { opened: string[] }).opened))).toEqual(['https://wiki.example/runbook'])
  expect(page.url()).toBe(before)
  expect(app.windows()).toHaveLength(1)
})

/** A configuration file with two servers, at which nobody answers. */
async function writeConfiguration(dir: string): Promise<string> {
  const file = join(dir, 'mtxdeck.yaml')
  await writeFile(file, 'servers:\n  - name: studio-north\n    url: http://127.0.0.1:9\n  - name: studio-south\n    url: http://127.0.0.1:10\n')
  return file
}
test('npm start with a configuration file opens the window with its servers', async () => {
  test.skip(process.platform === 'win32', 'Electron is started by a shell script')
  const own = await makeFolder()
  const started = await npmStart({ dir: own.dir, options: ['--config', await writeConfiguration(own.dir)] })
  try {
    await goToAddress(started.page, '/servers')
    for (const name of ['studio-north', 'studio-south']) await expect(started.page.getByText(name).first()).toBeVisible()
    expect(started.page.url()).toMatch(/^app:\/\/mtxdeck\//)
  } finally {
    await started.close()
    await own.remove()
  }
})

test('a configuration file that is opened by the menu brings its servers', async () => {
  const own = await makeFolder()
  const file = await writeConfiguration(own.dir)
  const opened = await openDesktop({ dir: join(own.dir, 'user') })
  try {
    await expect(opened.page.getByText('Welcome to mtxdeck')).toBeVisible()
    await opened.app.evaluate(({ dialog, Menu }, path) => {
      Object.assign(dialog, { showOpenDialog: async () => ({ canceled: false, filePaths: [path] }) })
      const items = Menu.getApplicationMenu()?.items.flatMap(({ submenu }) => submenu?.items ?? []) ?? []
      items.find(({ label }) => label === 'Open a configuration …')?.click()
    }, file)
    await goToAddress(opened.page, '/servers')
    for (const name of ['studio-north', 'studio-south']) await expect(opened.page.getByText(name).first()).toBeVisible()
  } finally {
    await opened.close()
    await own.remove()
  }
})
