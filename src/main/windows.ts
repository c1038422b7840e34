import { BrowserWindow, nativeTheme, screen } from 'electron'
import { appOrigin } from './appProtocol.ts'
import type { MainLog } from './mainLog.ts'
import { readWindowState, smallestWindow, writeWindowState } from './windowState.ts'

export interface WindowsOptions {
  readonly log: MainLog
  readonly preload: string
  readonly icon: string
  readonly stateFile: string
  readonly devTools: boolean
}

export interface Windows {
  /** Shows the console's window, in front; opens it where there is none. */
  readonly show: () => void
  readonly all: () => readonly BrowserWindow[]
}

const firstSize = { width: 1440, height: 900 } as const
/** What is seen before the page has drawn: the page's own background in both themes. */
const backgrounds = { dark: '#0a0d12', light: '#f4f6f9' } as const
/** Moves come in floods while a window is dragged; the last one counts. */
const writeAfterMs = 400
/** A page that died is loaded again, but not in a loop. */
const reloadsLimit = 3

/** Opens windows that are shut off from everything but their preload, and keeps where they stood. */
export function createWindows({ log, preload, icon, stateFile, devTools }: WindowsOptions): Windows {
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
        devTools,
      },
    })
    if (state.maximized) window.maximize()
    if (state.fullScreen) window.setFullScreen(true)

    const write = () => {
      if (window.isDestroyed()) return
      writeWindowState(stateFile, { bounds: window.getNormalBounds(), maximized: window.isMaximized(), fullScreen: window.isFullScreen() })
    }
    let writing: NodeJS.Timeout | undefined
    const writeSoon = () => {
      clearTimeout(writing)
      writing = setTimeout(write, writeAfterMs)
    }
    window.on('resize', writeSoon)
    window.on('move', writeSoon)
    window.on('close', () => {
      clearTimeout(writing)
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
    show: () => {
      if (current === null) {
        current = open()
        return
      }
      if (current.isMinimized()) current.restore()
      current.show()
      current.focus()
    },
    all: () => (current === null ? [] : [current]),
  }
}
