import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { chromium } from '@playwright/test'

// What of this machine an end-to-end test needs, and the words with which it is skipped where it is not there.

function onPath(...names: readonly string[]): string | null {
  const folders = (process.env.PATH ?? '').split(process.platform === 'win32' ? ';' : ':')
  for (const name of names) for (const folder of folders) if (existsSync(join(folder, name))) return join(folder, name)
  return null
}

export const xvfbPath = (): string | null => onPath('Xvfb')

/** The Electron runtime: the one that ELECTRON_OVERRIDE_DIST_PATH names, or the one that was downloaded. */
export function electronPath(): string | null {
  const executable =
    process.platform === 'win32' ? 'electron.exe' : process.platform === 'darwin' ? join('Electron.app', 'Contents', 'MacOS', 'Electron') : 'electron'
  const path = join(process.env.ELECTRON_OVERRIDE_DIST_PATH ?? 'node_modules/electron/dist', executable)
  return existsSync(path) ? path : null
}

/** A Chromium: the one that CHROMIUM names, the system's, or Playwright's own. */
export function chromiumPath(): string | null {
  const named = process.env.CHROMIUM
  if (named) return existsSync(named) ? named : null
  const own = chromium.executablePath()
  return onPath('chromium', 'chromium-browser', 'google-chrome') ?? (existsSync(own) ? own : null)
}

/** Why no window can be opened here; null: one can. */
export function desktopMissing(): string | null {
  if (electronPath() === null) return 'no Electron runtime: set ELECTRON_OVERRIDE_DIST_PATH, or run "npx electron --version" once'
  if (process.platform === 'linux' && !process.env.DISPLAY && xvfbPath() === null) return 'no display: install xvfb'
  return null
}

/** Why no browser can be opened here; null: one can. */
export const browserMissing = (): string | null => (chromiumPath() === null ? 'no Chromium: install one, or name it with CHROMIUM' : null)
