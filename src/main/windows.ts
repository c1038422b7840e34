import { BrowserWindow, nativeTheme, screen } from 'electron'
import type { Clock, Timer } from '../clock/clock.ts'
import { appOrigin } from './appProtocol.ts'
import type { MainLog } from './mainLog.ts'
import { readWindowState, smallestWindow, writeWindowState } from './windowState.ts'

interface WindowsOptions {
  readonly clock: Pick<Clock, 'setTimeout' | 'clearTimeout'>
  readonly log: MainLog
  readonly preload: string
  readonly icon: string
  readonly stateFile: string
  readonly devTools: boolean
}

const firstSize = { width: 1440, height: 900 } as const
/** Background until the page has drawn: the page's own in both themes. */
const backgrounds = { dark: '#0a0d12', light: '#f4f6f9' } as const
/** Dragging a window makes many move events; the state is written this long after the last one. */
const writeAfterMs = 400
/** A crashed page is reloaded at most this many times, to avoid a loop. */
const reloadsLimit = 3

/** Opens windows that can access only their preload script, and stores their position and size. */
export function createWindows({ clock, log, preload, icon, stateFile, devTools }: WindowsOptions) {
  let current: BrowserWindow | null = null

  const open = () => {
    const state = readWindowState(
      stateFile,
      screen.getAllDisplays().map((display) => display.workArea),
    )
    const window = new BrowserWindow({
      ...(state.bounds ?? firstSize),
      minWidth: smallestWindow.width,
      minHeight: smallestWindow.height,
      show: false,
      title: 'mtxdeck',
      icon,
      backgroundColor: nativeTheme.shouldUseDarkColors ? backgrounds.dark : backgrounds.light,
      autoHideMenuBar: true,
      webPreferences: {
        preload,
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        nodeIntegrationInSubFrames: false,
        nodeIntegrationInWorker: false,
        webSecurity: true,
        webviewTag: false,
        navigateOnDragDrop: false,
        spellcheck: false,
        // Alarms sound without anybody having clicked first.
        autoplayPolicy: 'no-user-gesture-required',
        devTools,
      },
    })
    if (state.maximized) window.maximize()
    if (state.fullScreen) window.setFullScreen(true)

    const write = () => {
      if (window.isDestroyed()) return
      writeWindowState(stateFile, { bounds: window.getNormalBounds(), maximized: window.isMaximized(), fullScreen: window.isFullScreen() })
    }
    let writing: Timer | null = null
    const cancelWrite = () => {
      if (writing !== null) clock.clearTimeout(writing)
      writing = null
    }
    const writeSoon = () => {
      cancelWrite()
      writing = clock.setTimeout(write, writeAfterMs)
    }
    window.on('resize', writeSoon)
    window.on('move', writeSoon)
    window.on('close', () => {
      cancelWrite()
      write()
    })
    window.on('closed', () => {
      current = null
    })
    window.once('ready-to-show', () => window.show())

    let reloads = 0
    window.webContents.on('render-process-gone', (_event, details) => {
      log.error({ reason: details.reason, exitCode: details.exitCode }, 'The window’s page ended.')
      if (details.reason !== 'clean-exit' && reloads++ < reloadsLimit) window.webContents.reload()
    })
    window.on('unresponsive', () => log.error({}, 'The window’s page does not answer.'))
    window.webContents.on('preload-error', (_event, _path, error) => log.error({ err: error }, 'The preload failed.'))
    window.webContents.on('did-fail-load', (_event, code, text, url) => log.error({ code, url }, `The page did not load: ${text}.`))
    void window.loadURL(`${appOrigin}/`)
    return window
  }

  return {
    /** Brings the console's window to the front, opening it if necessary. */
    show: () => {
      if (current === null) {
        current = open()
        return
      }
      if (current.isMinimized()) current.restore()
      current.show()
      current.focus()
    },
    all: (): readonly BrowserWindow[] => (current === null ? [] : [current]),
  }
}
