import { app, Menu, type MenuItemConstructorOptions, shell } from 'electron'
import { desktopWords } from '../shared/words/desktopText.ts'
import type { Language } from '../shared/words/languages.ts'

export interface MenuOptions {
  readonly show: () => void
  /** Whether the demo fleet is watched at the start. */
  readonly demo: boolean
  readonly exploreDemo: (demo: boolean) => void
  /** Lets the operator choose a configuration file, and watches its servers and hosts. */
  readonly chooseConfig: () => void
  /** Lets the operator choose a bundle's file, and opens it in a separate program. */
  readonly chooseBundle: () => void
  /** Whether this program shows a bundle, so that the items for live watching are left out. */
  readonly ofBundle: boolean
  readonly logDir: string
  readonly devTools: boolean
}

/** Name, version and licence, for the system's own About window. */
export function describeApp(icon: string, language: Language): void {
  app.setAboutPanelOptions({
    applicationName: 'mtxdeck',
    applicationVersion: app.getVersion(),
    version: `Electron ${process.versions.electron}, Chromium ${process.versions.chrome}, Node ${process.versions.node}`,
    copyright: desktopWords[language].licence,
    iconPath: icon,
  })
}

const demoItem = 'demo'

/** Updates the menu's tick when the demo fleet was switched on or off elsewhere. */
export function tickDemo(demo: boolean): void {
  const item = Menu.getApplicationMenu()?.getMenuItemById(demoItem)
  if (item) item.checked = demo
}

/**
 * The menu bar, with the items that operators expect. The product's own actions are in the window. Every item is labelled
 * here: Electron names those of its roles in English.
 */
export function setMenu({ show, demo, exploreDemo, chooseConfig, chooseBundle, ofBundle, logDir, devTools }: MenuOptions, language: Language): void {
  const isMac = process.platform === 'darwin'
  const { menu: words } = desktopWords[language]
  const line = { type: 'separator' } as const
  const about: MenuItemConstructorOptions = { label: words.about, click: () => app.showAboutPanel() }
  const appMenu: MenuItemConstructorOptions = {
    role: 'appMenu',
    submenu: [
      about,
      line,
      { role: 'services', label: words.services },
      line,
      { role: 'hide', label: words.hide },
      { role: 'hideOthers', label: words.hideOthers },
      { role: 'unhide', label: words.showAll },
      line,
      { role: 'quit', label: words.quit },
    ],
  }
  const template: MenuItemConstructorOptions[] = [
    ...(isMac ? [appMenu] : []),
    {
      label: words.file,
      submenu: [
        { label: words.showWindow, click: show },
        { label: words.openBundle, accelerator: 'CmdOrCtrl+O', click: chooseBundle },
        ...(ofBundle
          ? []
          : [
              { label: words.openConfiguration, accelerator: 'CmdOrCtrl+Shift+O', click: chooseConfig },
              {
                id: demoItem,
                label: words.demoFleet,
                type: 'checkbox',
                checked: Menu.getApplicationMenu()?.getMenuItemById(demoItem)?.checked ?? demo,
                click: (item) => exploreDemo(item.checked),
              } satisfies MenuItemConstructorOptions,
            ]),
        line,
        isMac ? { role: 'close', label: words.close } : { role: 'quit', label: words.quit },
      ],
    },
    {
      role: 'editMenu',
      label: words.edit,
      submenu: [
        { role: 'undo', label: words.undo },
        { role: 'redo', label: words.redo },
        line,
        { role: 'cut', label: words.cut },
        { role: 'copy', label: words.copy },
        { role: 'paste', label: words.paste },
        { role: 'pasteAndMatchStyle', label: words.pasteAsText },
        { role: 'delete', label: words.delete },
        line,
        { role: 'selectAll', label: words.selectAll },
      ],
    },
    {
      label: words.view,
      submenu: [
        { role: 'reload', label: words.reload },
        line,
        { role: 'resetZoom', label: words.actualSize },
        { role: 'zoomIn', label: words.zoomIn },
        { role: 'zoomOut', label: words.zoomOut },
        line,
        { role: 'togglefullscreen', label: words.fullScreen },
        ...(devTools ? [{ role: 'toggleDevTools', label: words.developerTools } satisfies MenuItemConstructorOptions] : []),
      ],
    },
    {
      role: 'windowMenu',
      label: words.window,
      submenu: [
        { role: 'minimize', label: words.minimize },
        { role: 'zoom', label: words.zoom },
        ...(isMac
          ? [line, { role: 'front', label: words.toFront } satisfies MenuItemConstructorOptions]
          : [{ role: 'close', label: words.close } satisfies MenuItemConstructorOptions]),
      ],
    },
    { role: 'help', label: words.help, submenu: [{ label: words.showLogs, click: () => void shell.openPath(logDir) }, line, about] },
  ]
  Menu.setApplicationMenu(Menu.buildFromTemplate(template))
}
