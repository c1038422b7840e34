// The desktop app's main process: it opens the window, keeps the engine's process alive and connects the two.
// It never handles samples. Keep it free of Node APIs newer than 18: the runtime of our tests is old.

import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { app, crashReporter, dialog, type Session, safeStorage, session, shell, type WebContents } from 'electron'
import { createSystemClock } from '../clock/clock.ts'
import { type Language, languageOf } from '../i18n/languages.ts'
import type { MediaUse } from '../shared/media.ts'
import { shellChannels } from '../shared/shellChannels.ts'
import { isAppUrl, registerAppScheme, serveApp } from './appProtocol.ts'
import { bundleEnding, readAttach, readBundleFile, readConfigFile } from './commandLine.ts'
import { createEngineProcess } from './engineProcess.ts'
import { createMainLog, type MainLog } from './mainLog.ts'
import { createMediaProcess } from './mediaProcess.ts'
import { describeApp, setMenu, tickDemo } from './menu.ts'
import { readSecretsKey } from './secrets.ts'
import { answerShellCalls, createNotices } from './shellCalls.ts'
import { createWorstSigns } from './tray.ts'
import { createWindows } from './windows.ts'

const outMain = dirname(fileURLToPath(import.meta.url))
const appDir = app.getAppPath()
const resources = join(appDir, 'resources')
/** Written there by whoever packs the app. */
const { updates = null } = JSON.parse(readFileSync(join(appDir, 'package.json'), 'utf8')) as { readonly updates?: string }
const bundle = readBundleFile(process.argv, process.cwd())
const bundleFile = bundle.ok ? bundle.value : null
const demo = bundleFile === null && process.argv.includes('--demo')
const config = readConfigFile(process.argv, process.cwd())

let language: Language = 'en'
/** Reads the system's language, used until a window reports its own. Available when the app is ready. */
async function readLanguage() {
  await app.whenReady()
  language = languageOf([app.getLocale()])
}

/** A bundle opens in a separate program: watching continues beside it, and neither uses the other's files. */
const bundleDir = bundleFile === null ? null : mkdtempSync(join(tmpdir(), 'mtxdeck-bundle-'))
if (bundleDir !== null) app.setPath('userData', bundleDir)
function openBundle(file: string) {
  const own = app.isPackaged ? [] : [appDir]
  const sandbox = app.commandLine.hasSwitch('no-sandbox') ? ['--no-sandbox'] : []
  spawn(process.execPath, [...own, `--open=${file}`, ...sandbox], { detached: true, stdio: 'ignore' }).unref()
}
async function chooseBundle() {
  const chosen = await dialog.showOpenDialog({
    properties: ['openFile'],
    filters: [{ name: 'mtxdeck', extensions: [bundleEnding.slice(1)] }],
  })
  if (chosen.filePaths[0] !== undefined) openBundle(chosen.filePaths[0])
}

async function showFailure(message: string) {
  await dialog.showMessageBox({ type: 'error', message })
}

/** Ends the start because of an invalid command line. */
async function refuse(failure: string) {
  await readLanguage()
  console.error(failure)
  dialog.showErrorBox('mtxdeck', failure)
  app.exit(64)
}

async function run() {
  if (!bundle.ok) return refuse(bundle.error)
  if (!config.ok) return refuse(config.error)
  const attach = readAttach(process.argv, process.env)
  if (!attach.ok) return refuse(attach.error)
  // Crash reports are never uploaded; `mtxdeck diagnose` includes them for support.
  crashReporter.start({ uploadToServer: false })
  const userData = app.getPath('userData')
  const logDir = join(userData, 'logs')
  const clock = createSystemClock()
  const log = createMainLog(logDir, clock)
  process.on('uncaughtExceptionMonitor', (error) => log.error({ err: error }, 'The main process broke and ends.'))
  // Windows groups windows and notifications by this id, which is the installer's.
  if (process.platform === 'win32') app.setAppUserModelId('org.mtxdeck.console')
  await readLanguage()
  log.info({ version: app.getVersion(), electron: process.versions.electron, demo }, 'mtxdeck starts.')

  if (app.commandLine.hasSwitch('no-sandbox'))
    log.error({}, "Chromium's sandbox is off (--no-sandbox): a page that takes over the window has this user's rights.")
  hardenApp(log)
  const devTools = !app.isPackaged || process.argv.includes('--devtools')
  const icon = join(resources, 'icon.png')
  const windows = createWindows({ clock, log, preload: join(outMain, '../preload/index.cjs'), icon, stateFile: join(userData, 'window.json'), devTools })

  // The demo fleet's history is kept apart from the real one.
  const dataDir = (ofDemo: boolean) => {
    const dir = join(userData, ofDemo ? 'demo' : 'engine')
    mkdirSync(dir, { recursive: true })
    return dir
  }
  const secretsFile = join(userData, 'secrets-key.json')
  const signs = createWorstSigns({ log, icons: resources, show: windows.show, windows: windows.all, language })
  const engine = createEngineProcess({
    clock,
    log,
    outMain,
    appDir,
    dataDir,
    logDir,
    version: app.getVersion(),
    updates,
    demo,
    config: config.value,
    attach: attach.value,
    bundle: bundleFile,
    secretsKey: () => readSecretsKey({ safeStorage, platform: process.platform, file: secretsFile }),
    onLife: (life) => {
      signs.setLife(life)
      for (const window of windows.all()) window.webContents.send(shellChannels.engine, life)
    },
    onAskMedia: (use) => media[use].ask(),
  })
  const startMedia = (use: MediaUse) => createMediaProcess({ use, clock, log, outMain, lend: engine.lendMedia, tellEnded: engine.tellMediaEnded })
  const media = { pictures: startMedia('pictures'), probes: startMedia('probes') }
  serveApp(join(outMain, '../renderer'), engine.relay)
  const exploreDemo = (wanted: boolean) => {
    engine.exploreDemo(wanted)
    tickDemo(wanted)
  }
  const chooseConfig = async () => {
    const chosen = await dialog.showOpenDialog({
      properties: ['openFile'],
      filters: [{ name: 'mtxdeck', extensions: ['yaml', 'yml'] }],
    })
    if (chosen.filePaths[0] === undefined) return
    tickDemo(false)
    engine.openConfig(chosen.filePaths[0])
  }
  const menu = {
    show: windows.show,
    demo,
    exploreDemo,
    chooseConfig: () => void chooseConfig(),
    chooseBundle: () => void chooseBundle(),
    ofBundle: bundleFile !== null,
    logDir,
    devTools,
  }
  const speak = (spoken: Language) => {
    language = spoken
    signs.setLanguage(spoken)
    describeApp(icon, spoken)
    setMenu(menu, spoken)
  }
  const notify = createNotices({
    log,
    onOpen: (to) => {
      windows.show()
      for (const window of windows.all()) window.webContents.send(shellChannels.notice, to)
    },
  })
  answerShellCalls({ log, connect: engine.connect, exploreDemo, onWorst: signs.setWorst, notify, onLanguage: speak, showFailure })
  speak(language)

  app.on('second-instance', windows.show)
  app.on('activate', windows.show)
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit()
  })

  let stopping = false
  app.on('will-quit', (event) => {
    if (stopping) return
    stopping = true
    event.preventDefault()
    void Promise.allSettled([engine.stop(), media.pictures.stop(), media.probes.stop()]).then(() => {
      log.info({}, 'mtxdeck ended in order.')
      try {
        if (bundleDir !== null) rmSync(bundleDir, { recursive: true, force: true, maxRetries: 3 })
      } catch {
        // Chromium still writes into it. It is in the system's folder for temporary files, the log with it: no reason to stay.
      }
      app.exit(0)
    })
  })

  engine.start()
  windows.show()
}

// macOS reports a double-clicked file by this event, whether or not the program is already running.
app.on('open-file', (event, file) => {
  event.preventDefault()
  if (file.toLowerCase().endsWith(bundleEnding)) openBundle(file)
})

if (app.requestSingleInstanceLock()) {
  // If Chromium's sandbox was switched off, by hand (root in a container) or by an AppImage where users may make no namespaces, this would end every process.
  if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox()
  registerAppScheme()
  void run()
} else {
  // The instance that is already running shows its window.
  app.exit(0)
}
/** The only permissions of our pages: copy text at the operator's request, fill the screen, and keep it awake for a wall. */
const allowedPermissions: readonly string[] = ['clipboard-sanitized-write', 'fullscreen', 'screen-wake-lock']
function hardenSession(target: Session) {
  target.setPermissionRequestHandler((_contents, permission, answer, details) =>
    answer(allowedPermissions.includes(permission) && isAppUrl(details.requestingUrl)),
  )
  target.setPermissionCheckHandler((_contents, permission, origin) => allowedPermissions.includes(permission) && isAppUrl(origin))
  target.setDevicePermissionHandler(() => false)
  target.on('will-download', (event) => event.preventDefault())
  // The page's policy already forbids other requests; this also covers a page without a policy.
  target.webRequest.onBeforeRequest((details, answer) => answer({ cancel: !/^(app|blob|data|devtools|chrome-extension):/.test(details.url) }))
}
function hardenContents(contents: WebContents, log: MainLog) {
  contents.on('will-navigate', (event) => {
    if (!isAppUrl(event.url)) event.preventDefault()
  })
  contents.on('will-frame-navigate', (event) => {
    if (!isAppUrl(event.url)) event.preventDefault()
  })
  contents.on('will-redirect', (event) => event.preventDefault())
  contents.on('will-attach-webview', (event) => event.preventDefault())
  // Runbooks and the manual lead to the web: the system's browser opens what an operator clicks, never this app.
  contents.setWindowOpenHandler(({ url }) => {
    if (/^https?:\/\//i.test(url) && isAppUrl(contents.getURL()))
      shell.openExternal(url).catch((error: unknown) => log.error({ url, err: error }, 'The system opened no browser for a link.'))
    return { action: 'deny' }
  })
}
/** Disables every capability of windows that this product does not use. Call when the app is ready, before the first window. */
function hardenApp(log: MainLog): void {
  hardenSession(session.defaultSession)
  app.on('web-contents-created', (_event, contents) => hardenContents(contents, log))
}
