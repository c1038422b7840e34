import { app, Menu, type MenuItemConstructorOptions, shell } from 'electron'
import type { Language } from '../i18n/languages.ts'
import { sayIn } from '../i18n/say.ts'

interface MenuOptions {
  readonly show: () => void
  /** Whether the demo fleet is watched at the start. */
  readonly demo: boolean
  readonly exploreDemo: (demo: boolean) => void
  readonly chooseConfig: () => void
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
    copyright: sayIn(language)('desktop.licence'),
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
 * The menu bar. The product's own actions are in the window. On macOS its usual menus for the app, for editing and for windows are Electron's own, in
 * English; elsewhere the same keys work without a menu.
 */
export function setMenu({ show, demo, exploreDemo, chooseConfig, chooseBundle, ofBundle, logDir, devTools }: MenuOptions, language: Language): void {
  const isMac = process.platform === 'darwin'
  const say = sayIn(language)
  const line = { type: 'separator' } as const
  const about: MenuItemConstructorOptions = { label: say('desktop.menu.about'), click: () => app.showAboutPanel() }
  const template: MenuItemConstructorOptions[] = [
    ...(isMac ? [{ role: 'appMenu' } satisfies MenuItemConstructorOptions] : []),
    {
      label: say('desktop.menu.file'),
      submenu: [
        { label: say('desktop.menu.showWindow'), click: show },
        { label: say('desktop.menu.openBundle'), accelerator: 'CmdOrCtrl+O', click: chooseBundle },
        ...(ofBundle
          ? []
          : [
              { label: say('desktop.menu.openConfiguration'), accelerator: 'CmdOrCtrl+Shift+O', click: chooseConfig },
              {
                id: demoItem,
                label: say('desktop.menu.demoFleet'),
                type: 'checkbox',
                checked: Menu.getApplicationMenu()?.getMenuItemById(demoItem)?.checked ?? demo,
                click: (item) => exploreDemo(item.checked),
              } satisfies MenuItemConstructorOptions,
            ]),
        line,
        isMac ? { role: 'close', label: say('desktop.menu.close') } : { role: 'quit', label: say('desktop.menu.quit') },
      ],
    },
    ...(isMac ? [{ role: 'editMenu' } satisfies MenuItemConstructorOptions] : []),
    {
      label: say('desktop.menu.view'),
      submenu: [
        { role: 'reload', label: say('desktop.menu.reload') },
        line,
        { role: 'resetZoom', label: say('desktop.menu.actualSize') },
        { role: 'zoomIn', label: say('desktop.menu.zoomIn') },
        { role: 'zoomOut', label: say('desktop.menu.zoomOut') },
        line,
        { role: 'togglefullscreen', label: say('desktop.menu.fullScreen') },
        ...(devTools ? [{ role: 'toggleDevTools', label: say('desktop.menu.developerTools') } satisfies MenuItemConstructorOptions] : []),
      ],
    },
    ...(isMac ? [{ role: 'windowMenu' } satisfies MenuItemConstructorOptions] : []),
    {
      role: 'help',
      label: say('desktop.menu.help'),
      submenu: [{ label: say('desktop.menu.showLogs'), click: () => void shell.openPath(logDir) }, line, about],
    },
  ]
  Menu.setApplicationMenu(Menu.buildFromTemplate(template))
}
