import { join } from 'node:path'
import { app, type BrowserWindow, Menu, nativeImage, Tray } from 'electron'
import type { Language } from '../i18n/languages.ts'
import { sayIn } from '../i18n/say.ts'
import type { EngineLife } from '../shared/shell.ts'
import type { MainLog } from './mainLog.ts'
import { type Worst, worstSign, worstText } from './worst.ts'

interface TrayOptions {
  readonly log: MainLog
  /** Folder of `tray-<state>.png` (16 px, and `@2x`). */
  readonly icons: string
  readonly show: () => void
  readonly windows: () => readonly BrowserWindow[]
  readonly language: Language
}

type Sign = ReturnType<typeof worstSign>

/** Shows the fleet's worst state outside the window: tray, dock or taskbar badge. Without an engine the state is unknown, never ok. */
export function createWorstSigns({ log, icons, show, windows, ...options }: TrayOptions) {
  // Unknown until the window has reported a state.
  let worst: Worst | null = null
  let life: EngineLife | null = null
  let { language } = options
  let tray: Tray | null = null
  const iconOf = (sign: Sign) => nativeImage.createFromPath(join(icons, `tray-${sign}.png`))

  try {
    tray = new Tray(iconOf('unknown'))
    tray.on('click', show)
  } catch (error) {
    log.error({ err: error }, 'This desktop has no tray; the window is all there is.')
  }

  const draw = () => {
    const known = life?.state === 'ready' ? worst : null
    const words = worstText(life, worst, language)
    const say = sayIn(language)
    const sign: Sign = known === null ? 'unknown' : worstSign(known)
    const count = known?.count ?? 0
    tray?.setImage(iconOf(sign))
    tray?.setToolTip(`mtxdeck: ${words}`)
    tray?.setContextMenu(
      Menu.buildFromTemplate([
        { label: words, enabled: false },
        { type: 'separator' },
        { label: say('desktop.menu.showWindow'), click: show },
        { label: say('desktop.menu.quit'), click: () => app.quit() },
      ]),
    )
    app.setBadgeCount(count)
    if (process.platform === 'win32') {
      for (const window of windows()) window.setOverlayIcon(sign === 'ok' ? null : iconOf(sign), sign === 'ok' ? '' : words)
    }
  }
  draw()
  return {
    setWorst: (next: Worst) => {
      worst = next
      draw()
    },
    setLife: (next: EngineLife) => {
      life = next
      draw()
    },
    setLanguage: (next: Language) => {
      language = next
      draw()
    },
  }
}
