import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { type Browser, chromium, type ElectronApplication, _electron as electron, expect, type Locator, type Page, test } from '@playwright/test'
import { cachedNode } from '../compileCache.ts'
import { browserMissing, chromiumPath, desktopMissing, electronPath } from './missing.ts'

/** A console that somebody sits at. */
export interface OpenConsole {
  readonly page: Page
  /** What the page complained about: errors of scripts and of the security policy. A good run has none. */
  readonly complaints: readonly string[]
  /** Ends it as its operator would. */
  readonly close: () => Promise<void>
}

export interface ConsoleOptions {
  /** Folder of its data; the same one again is a restart. */
  readonly dir: string
  readonly demo?: boolean
}

/** The two ways to the same console; every scenario runs through both. */
export interface Kind {
  readonly name: string
  readonly missing: () => string | null
  readonly open: (options: ConsoleOptions) => Promise<OpenConsole>
}

export interface Folder {
  readonly dir: string
  readonly remove: () => Promise<void>
}

export async function makeFolder(): Promise<Folder> {
  const dir = await mkdtemp(join(tmpdir(), 'mtxdeck-e2e-'))
  return { dir, remove: () => rm(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }) }
}

const size = { width: 1440, height: 900 }

/** Collects what a page complains about. */
export function listen(page: Page): string[] {
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  return complaints
}

export interface Desktop extends OpenConsole {
  readonly app: ElectronApplication
}

/** Opens the built app in Electron. */
export async function openDesktop({
  dir,
  demo,
  args = [],
  env = {},
}: ConsoleOptions & { readonly args?: readonly string[]; readonly env?: Readonly<Record<string, string>> }): Promise<Desktop> {
  const executablePath = electronPath()
  if (executablePath === null) throw new Error('there is no Electron')
  const asRoot = process.getuid?.() === 0
  const launch = () =>
    launchElectron({
      executablePath,
      // The processor draws: where there is no GPU, as on most machines that test, a process for it is started in vain, several times.
      args: [...(asRoot ? ['--no-sandbox'] : []), '--disable-gpu', '--lang=en-US', `--user-data-dir=${dir}`, '.', ...(demo ? ['--demo'] : []), ...args],
      env: Object.fromEntries(Object.entries({ ...process.env, ...env }).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))),
      timeout: attachLimitMs,
    })
  /** The app with its window; a text: why there is none, though the app did not end by itself. */
  const start = async (): Promise<Omit<Desktop, 'close'> | string> => {
    let app: ElectronApplication
    try {
      app = await launch()
    } catch (error) {
      // The Electron of our tests, on a busy machine. Playwright ends one by a signal, too, after another error.
      if (/Process failed to launch![\s\S]*exitCode=null, signal=SIG|electron\.launch: Timeout/.test(String(error)))
        return `The app was ended by a signal before it had a window, or Playwright did not get to it.\n${error}`
      throw error
    }
    const attached = await attach(app)
    if (attached !== null) return { app, ...attached }
    const running = await describeApp(app, dir)
    const { pid = 0, exitCode, signalCode } = app.process()
    if (exitCode === null && signalCode === null) process.kill(-pid, 'SIGKILL')
    return `Playwright could not attach to the app.\n${running}`
  }
  let started = await start()
  if (typeof started === 'string') {
    console.warn(`${started}\nIt is started again.`)
    started = await start()
  }
  if (typeof started === 'string') throw new Error(started)
  const { app } = started
  return { ...started, close: () => closeApp(app, dir) }
}

const attachLimitMs = 60_000

/** Starts Electron. Where that ends at once, Playwright leaves promises behind that fail, too, and its runner would take them for a failure of the test. */
async function launchElectron(options: Parameters<typeof electron.launch>[0]): Promise<ElectronApplication> {
  const others = process.listeners('unhandledRejection')
  const onUnhandled: NodeJS.UnhandledRejectionListener = (reason, promise) => {
    if (!(reason instanceof Error && reason.message === 'Process failed to launch!')) for (const listener of others) listener(reason, promise)
  }
  process.removeAllListeners('unhandledRejection').on('unhandledRejection', onUnhandled)
  try {
    return await electron.launch(options)
  } finally {
    process.off('unhandledRejection', onUnhandled)
    for (const listener of others) process.on('unhandledRejection', listener)
  }
}

/**
 * The app's window; null: its main process or its page does not answer. Playwright attaches while the app already starts, and may do so too early or too late
 * on a busy machine: whatever is asked then is never answered, and has no limit of its own.
 */
function attach(app: ElectronApplication): Promise<Pick<OpenConsole, 'page' | 'complaints'> | null> {
  const attached = async () => {
    await app.evaluate(({ app: main }) => main.isReady())
    const page = await app.firstWindow({ timeout: attachLimitMs })
    const complaints = listen(page)
    await page.setViewportSize(size)
    return { page, complaints }
  }
  return Promise.race([attached().catch(() => null), new Promise<null>((resolve) => setTimeout(resolve, attachLimitMs, null))])
}

/** A window that Playwright did not open itself. */
interface StartedWindow extends Omit<OpenConsole, 'close'> {
  /** Ends it as Ctrl+C at its terminal does. Returns its exit code. */
  readonly close: () => Promise<number | null>
}

/**
 * `npm start` with these options, as at a terminal. Electron is started by a script that adds switches: a folder of its own, and a port to look into its
 * window.
 */
export async function npmStart({ dir, options }: { readonly dir: string; readonly options: readonly string[] }): Promise<StartedWindow> {
  const runtime = join(dir, 'runtime')
  await mkdir(runtime)
  const script = join(runtime, 'electron')
  const switches = ['--remote-debugging-port=0', '--lang=en-US', `--user-data-dir=${join(dir, 'user')}`]
  await writeFile(script, `#!/bin/sh\nexec '${resolve(electronPath() ?? '')}' ${switches.map((one) => `'${one}'`).join(' ')} "$@"\n`, { mode: 0o755 })
  return startWindow('npm', ['start', '--silent', '--', ...options], { ...process.env, ...cachedNode.env, ELECTRON_OVERRIDE_DIST_PATH: runtime })
}

const limited = <T>(work: Promise<T>) => Promise.race([work, new Promise<'late'>((resolve) => setTimeout(resolve, attachLimitMs, 'late'))])

/** Starts a program that opens a window of Electron with Chromium's port, and waits for it. Now and then a start of Electron 28.1 stands still; then it is started once more. */
export async function startWindow(command: string, args: readonly string[], env: NodeJS.ProcessEnv, mayStandStill = true): Promise<StartedWindow> {
  // Ctrl+C at a terminal reaches the whole group.
  const started = spawn(command, args, { detached: true, stdio: ['ignore', 'inherit', 'pipe'], env })
  const exited = once(started, 'exit')
  const stop = async (signal: NodeJS.Signals) => {
    if (started.exitCode === null && started.signalCode === null) process.kill(-(started.pid ?? 0), signal)
    await exited
    return started.exitCode
  }
  const said: string[] = []
  const address = await limited(
    new Promise<string | null>((found) => {
      createInterface({ input: started.stderr }).on('line', (line) => {
        said.push(line)
        const listens = /^DevTools listening on (ws:\/\/127\.0\.0\.1:\d+\/\S+)/.exec(line)?.[1]
        if (listens) found(listens)
      })
      started.once('exit', () => found(null))
    }),
  )
  if (address === 'late') {
    await stop('SIGKILL')
    if (!mayStandStill) throw new Error(`${command} had no window within a minute, twice:\n${said.join('\n')}`)
    console.warn(`${command} had no window within a minute, and is started once more:\n${said.join('\n')}`)
    return startWindow(command, args, env, false)
  }
  if (address === null) throw new Error(`${command} ended before there was a window:\n${said.join('\n')}`)
  try {
    // Electron knows nothing of downloads, which Playwright would set up.
    const browser = await chromium.connectOverCDP(address, { noDefaults: true, timeout: attachLimitMs })
    const [context] = browser.contexts()
    const page = context?.pages()[0] ?? (await context?.waitForEvent('page'))
    if (page === undefined) throw new Error(`${command} has no window`)
    return {
      page,
      complaints: listen(page),
      close: async () => {
        await browser.close()
        const code = await limited(stop('SIGINT'))
        if (code !== 'late') return code
        await stop('SIGKILL')
        throw new Error(`${command} did not end within a minute:\n${said.join('\n')}`)
      },
    }
  } catch (error) {
    await stop('SIGKILL')
    throw error
  }
}

/**
 * Reads something of the app's main process with `evaluate`. On a busy machine its garbage collector may take the answer before Playwright has it; then it is
 * asked again.
 */
export async function readInApp<T>(read: () => Promise<T>): Promise<T> {
  for (let tries = 3; ; tries--)
    try {
      return await read()
    } catch (error) {
      if (tries === 0 || !String(error).includes('promise was garbage collected')) throw error
    }
}

/** What still runs of an app, and the end of its log; null: nothing runs. */
async function describeApp(app: ElectronApplication, dir: string): Promise<string | null> {
  const { stdout } = spawnSync('ps', ['-eo', 'pid,ppid,stat,etimes,wchan:24,args'], { encoding: 'utf8' })
  // A process that outlives the app and holds its standard error open has lost its parent, and may not name the folder.
  const isOrphan = (line: string): boolean => /^\s*\d+\s+1\s/.test(line) && line.includes(electronPath() ?? dir)
  const ours = stdout.split('\n').filter((line) => line.includes(dir) || line.trimStart().startsWith(`${app.process().pid} `) || isOrphan(line))
  if (ours.length === 0) return null
  const log = await readFile(join(dir, 'logs', 'main.log'), 'utf8').catch(String)
  return `${ours.join('\n')}\n${log.slice(-4_000)}`
}

/**
 * Ends the app. If anything of it still runs after a minute, it is killed, and what that was is said. What goes on after the app's own orderly end is Chromium
 * and Node's inspector, to which Playwright is attached, and no failure: that the process ends by itself is asked of those which nothing is attached to
 * (`startWindow`).
 */
async function closeApp(app: ElectronApplication, dir: string): Promise<void> {
  const inTime = await Promise.race([app.close().then(() => true), new Promise<false>((resolve) => setTimeout(resolve, 60_000, false))])
  if (inTime) return
  const running = await describeApp(app, dir)
  // Playwright may miss the end of an app that has ended.
  if (running === null) return
  app.process().kill('SIGKILL')
  if (!running.trimEnd().endsWith('"msg":"mtxdeck ended in order."}')) throw new Error(`The app did not end within a minute.\n${running}`)
  console.warn(`Electron was still there a minute after the app had ended in order; it was killed.\n${running}`)
}

/**
 * What Chromium does without. Of two such lists only the last one counts, so Playwright's own is repeated.
 * The popups of an address bar that nobody sees are two pages of their own, in a process for each context: a second of the processor.
 */
const withoutFeatures = [
  ...['WebUIOmniboxPopup', 'WebUIOmniboxAimPopup'],
  ...['AvoidUnnecessaryBeforeUnloadCheckSync', 'DestroyProfileOnBrowserClose', 'HttpsUpgrades', 'HttpsFirstBalancedModeAutoEnable'],
  ...['LensOverlay', 'MediaRouter', 'PaintHolding', 'ThirdPartyStoragePartitioning', 'AvoidCorsURLLoaderRestartOnRedirect'],
  ...['TcpPortRandomizationWin', 'OptimizationHints', 'NetworkTimeServiceQuerying', 'AimEnabled', 'PreconnectToSearch'],
]

let browser: Browser | null = null
/** The one browser of all files that a worker runs, which ends it. Whoever opens a context closes it. */
export async function openBrowser(): Promise<Browser> {
  browser ??= await chromium.launch({
    executablePath: chromiumPath() ?? '',
    args: [`--disable-features=${withoutFeatures.join(',')}`, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
  })
  return browser
}

/** Starts the headless console as a server would, and opens it in a browser, signed in. */
const openInBrowser = ({ dir, demo }: ConsoleOptions): Promise<OpenConsole> =>
  browseConsole(['start', '--listen', '127.0.0.1:0', '--data-dir', dir, ...(demo ? ['--demo'] : [])])

/** Runs mtxdeck with these arguments, and opens in a browser what it serves. */
export async function browseConsole(args: readonly string[]): Promise<OpenConsole> {
  const server = spawn(process.execPath, ['bin/mtxdeck.mjs', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...cachedNode.env },
  })
  const exited = once(server, 'exit')
  const signIn = await new Promise<string>((resolve, reject) => {
    createInterface({ input: server.stdout }).on('line', (line) => {
      const found = /signed in: (\S+)/.exec(line)
      if (found?.[1]) resolve(found[1])
    })
    server.once('exit', (code) => reject(new Error(`the console ended with ${code} before it was ready`)))
  })
  const context = await (await openBrowser()).newContext({ viewport: size, locale: 'en-US' })
  const page = await context.newPage()
  const complaints = listen(page)
  await page.goto(signIn)
  return {
    page,
    complaints,
    close: async () => {
      await context.close()
      server.kill('SIGTERM')
      await exited
    },
  }
}

export const kinds: readonly Kind[] = [
  { name: 'desktop', missing: desktopMissing, open: openDesktop },
  { name: 'browser', missing: browserMissing, open: openInBrowser },
]

/** The same steps in each kind of console, one after the other: each begins where the last one ended. */
export function inEachKind(steps: (kind: Kind) => void): void {
  for (const kind of kinds)
    test.describe(`in the ${kind.name}`, () => {
      test.describe.configure({ mode: 'serial' })
      const missing = kind.missing()
      test.skip(missing !== null, missing ?? '')
      steps(kind)
    })
}

/** Goes to an address of the console, such as `/streams`, as somebody does who typed it: at now, unless it names a moment. */
export const goToAddress = (page: Page, address: string): Promise<void> =>
  page.evaluate((hash) => {
    location.hash = hash
  }, address)

/** Goes to a page by its link in the rail: in the past its moment is kept. */
export const goToPage = (page: Page, name: string): Promise<void> => page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name }).click()

/** Adds a server in its form, with `more` entered. Returns the address of its page. */
export async function addServer(page: Page, server: { readonly name: string; readonly url: string }, more = async () => {}): Promise<string> {
  await page.getByRole('button', { name: 'Add a server' }).click()
  await page.getByLabel('Address of its API').fill(server.url)
  await page.getByLabel('Name').fill(server.name)
  await more()
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  await expect(page).toHaveURL(/#\/servers\//)
  return decodeURIComponent(/#(\/servers\/[^/?]+)/.exec(page.url())?.[1] ?? '')
}
/** Tests in the form of a server whether it can be read. */
export const testServer = (page: Page): Promise<void> => page.getByRole('button', { name: 'Test', exact: false }).first().click()

/** The picture of the stream plays: its time goes on and what it shows changes. */
export async function expectPlaying(page: Page): Promise<void> {
  const video = page.locator('video')
  await expect(video).toHaveAttribute('data-picture', 'playing')
  const look = () =>
    video.evaluate((element: HTMLVideoElement) => {
      const canvas = document.createElement('canvas')
      canvas.width = 64
      canvas.height = 36
      const context = canvas.getContext('2d')
      context?.drawImage(element, 0, 0, 64, 36)
      const pixels = context?.getImageData(0, 0, 64, 36).data ?? new Uint8ClampedArray()
      return { time: element.currentTime, frames: element.getVideoPlaybackQuality().totalVideoFrames, picture: [...pixels].join() }
    })
  const first = await look()
  await expect.poll(async () => (await look()).time).toBeGreaterThan(first.time + 2)
  const later = await look()
  expect(later.frames).toBeGreaterThan(first.frames + 20)
  expect(later.picture).not.toBe(first.picture)
  // Not merely black: the test picture has light and dark.
  expect(new Set(later.picture.split(',')).size).toBeGreaterThan(20)
}

/** Offered where nothing plays; below the charts there is another one. */
export const snapshotButton = (page: Page) => page.getByRole('button', { name: 'Take a snapshot' }).first()
/** A snapshot of the stream is taken, 480 by 270, and shown where nothing plays. */
export async function expectSnapshot(page: Page): Promise<void> {
  await snapshotButton(page).click()
  const picture = page.locator('img[data-kept]')
  await expect(picture).toBeVisible()
  expect(await picture.evaluate((image) => [(image as HTMLImageElement).naturalWidth, (image as HTMLImageElement).naturalHeight])).toEqual([480, 270])
  await expect(page.getByText(/snapshot of \d\d:\d\d:\d\d/)).toBeVisible()
}

/** The desktop's page has nothing of Node or Electron but the calls of the shell, comes from app://, and its policy knows no eval and nothing from outside. */
export async function expectConfined(page: Page): Promise<void> {
  const found = await page.evaluate(() => ({
    names: Object.getOwnPropertyNames(window).filter((name) =>
      /^(require|process|module|exports|global|Buffer|__dirname|ipcRenderer|electron|mtxdeck.*)$/.test(name),
    ),
    calls: Object.keys((window as unknown as { mtxdeckShell: object }).mtxdeckShell).sort(),
  }))
  expect(found).toEqual({
    names: ['mtxdeckShell'],
    calls: ['connect', 'exploreDemo', 'hasNotices', 'notify', 'onEngine', 'onNotice', 'saveFile', 'setLanguage', 'setWorst'],
  })
  expect(page.url()).toMatch(/^app:\/\/mtxdeck\//)
  const policy = await page.evaluate(async () => (await fetch('/')).headers.get('content-security-policy'))
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain("script-src 'self';")
  expect(policy).not.toContain('unsafe-eval')
  const answers = await page.evaluate(async () => ({
    // Later, because a debugger's own evaluation may do what the page may not.
    eval: await new Promise((resolve) => {
      setTimeout(() => {
        try {
          // biome-ignore lint/security/noGlobalEval: whether it is refused is the question
          resolve(eval('true'))
        } catch {
          resolve(false)
        }
      })
    }),
    outside: await fetch('http://127.0.0.1:9/').then(
      () => 'answered',
      () => 'refused',
    ),
    outsideOfTheFolder: (await fetch('/..%2f..%2fpackage.json')).status,
    source: (await fetch('/package.json')).status,
    writing: (await fetch('/', { method: 'POST' })).status,
  }))
  expect(answers).toEqual({ eval: false, outside: 'refused', outsideOfTheFolder: 404, source: 404, writing: 405 })
}

/** The page shows a bundle called "last night" with these servers: all of it is of the past, and it cannot be changed. */
export async function expectBundle(page: Page, servers: RegExp): Promise<void> {
  await expect(page.getByText('Bundle last night.mtxdeck')).toBeVisible()
  await expect(page.getByText('read-only').first()).toBeVisible()
  // It opens at its first worst moment, which may be before each server had answered.
  await expect(page.getByText(servers).first()).toBeVisible()
  await expect(page.getByRole('button', { name: 'Add a server' })).toHaveCount(0)
  await expect(page.getByRole('button', { name: /Back to now/ })).toHaveCount(0)
}

/** A stream's row in the table of Streams. */
export const rowOf = (page: Page, path: string): Locator => page.getByRole('row').filter({ hasText: path })

/** The process that takes the desktop's stills: one of Electron, or Node in a sandbox; 0: there is none. */
export async function mediaPid(desktop: Desktop): Promise<number> {
  const ofElectron = await electronMediaPid(desktop)
  return ofElectron === 0 ? mediaPidBelow(desktop.app.process().pid ?? 0) : ofElectron
}

/** The one of Electron. */
export const electronMediaPid = ({ app }: Desktop): Promise<number> =>
  app.evaluate(({ app: main }) => main.getAppMetrics().find(({ name }) => name === 'mtxdeck media')?.pid ?? 0)

function mediaPidBelow(app: number): number {
  const { stdout } = spawnSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' })
  const processes = stdout.split('\n').flatMap((line) => {
    const [, pid, parent, args = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? []
    return [{ pid: Number(pid), parent: Number(parent), args }]
  })
  const isBelow = (pid: number): boolean => {
    const parent = processes.find((one) => one.pid === pid)?.parent ?? 0
    return parent === app || (parent > 1 && isBelow(parent))
  }
  return processes.find(({ pid, args }) => /^\S+\/node (?!.*--max-semi-space-size).*src\/media\/index\.ts/.test(args) && isBelow(pid))?.pid ?? 0
}
