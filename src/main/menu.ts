import { app, Menu, type MenuItemConstructorOptions, shell } from 'electron'

export interface MenuOptions {
  readonly show: () => void
  /** Whether the demo fleet is watched at the start. */
  readonly demo: boolean
  readonly exploreDemo: (demo: boolean) => void
  /** Asks for a configuration's file, and watches what it names. */
  readonly chooseConfig: () => void
  /** Asks for a bundle's file and opens it in a program of its own. */
  readonly chooseBundle: () => void
  /** This program shows a bundle: there is nothing live to choose. */
  readonly ofBundle: boolean
  readonly logDir: string
  readonly devTools: boolean
}

/** Name, version and licence, for the system's own About window. */
export const describeApp = (icon: string): void =>
  app.setAboutPanelOptions({
    applicationName: 'mtxdeck',
    applicationVersion: app.getVersion(),
    version: `Electron ${process.versions.electron}, Chromium ${process.versions.chrome}, Node ${process.versions.node}`,
    copyright: 'GPL-3.0-or-later. It comes without any warranty.',
    iconPath: icon,
  })

const demoItem = 'demo'

/** Keeps the menu's tick true when the demo fleet was chosen elsewhere. */
export function tickDemo(demo: boolean): void {
  const item = Menu.getApplicationMenu()?.getMenuItemById(demoItem)
  if (item) item.checked = demo
}

/** The menu bar: what an operator expects by habit. The product's own actions stand in the window. */
export function setMenu({ show, demo, exploreDemo, chooseConfig, chooseBundle, ofBundle, logDir, devTools }: MenuOptions): void {
  const isMac = process.platform === 'darwin'
  const about: MenuItemConstructorOptions = { label: 'About mtxdeck', click: () => app.showAboutPanel() }
  const template: MenuItemConstructorOptions[] = [
    ...(isMac ? [{ role: 'appMenu' } satisfies MenuItemConstructorOptions] : []),
    {
      label: '&File',
      submenu: [
        { label: 'Show window', click: show },
        { label: 'Open a bundle …', accelerator: 'CmdOrCtrl+O', click: chooseBundle },
        ...(ofBundle
          ? []
          : [
              { label: 'Open a configuration …', accelerator: 'CmdOrCtrl+Shift+O', click: chooseConfig },
              {
                id: demoItem,
                label: 'Demo fleet',
                type: 'checkbox',
                checked: demo,
                click: (item) => exploreDemo(item.checked),
              } satisfies MenuItemConstructorOptions,
            ]),
        { type: 'separator' },
        { role: isMac ? 'close' : 'quit' },
      ],
    },
    { role: 'editMenu' },
    {
      label: '&View',
      submenu: [
        { role: 'reload' },
        { type: 'separator' },
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { type: 'separator' },
        { role: 'togglefullscreen' },
        ...(devTools ? [{ role: 'toggleDevTools' } satisfies MenuItemConstructorOptions] : []),
      ],
    },
    { role: 'windowMenu' },
    { role: 'help', submenu: [{ label: 'Show log files', click: () => void shell.openPath(logDir) }, { type: 'separator' }, about] },
  ]
  Menu.setApplicationMenu(Menu.buildFromTemplate(template))
}
