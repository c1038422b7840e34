import { readFileSync, renameSync, writeFileSync } from 'node:fs'

export interface Area {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** Position and size of a window. `bounds`: null lets the system place it. */
interface WindowState {
  readonly bounds: Area | null
  readonly maximized: boolean
  readonly fullScreen: boolean
}

export const smallestWindow = { width: 960, height: 600 } as const
const firstState: WindowState = { bounds: null, maximized: false, fullScreen: false }
/** This much of the title bar must be on a screen for the window to be dragged, pixels. */
const graspable = { width: 120, height: 40 } as const

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)

/** Reads the parts of a stored state that fit the current `screens` (work areas); the system decides the rest. */
export function parseWindowState(text: string | null, screens: readonly Area[]): WindowState {
  if (text === null) return firstState
  let stored: { bounds?: Partial<Area> | null; maximized?: unknown; fullScreen?: unknown } | null
  try {
    stored = JSON.parse(text)
  } catch {
    return firstState
  }
  if (typeof stored !== 'object' || stored === null) return firstState
  const { x, y, width, height } = stored.bounds ?? {}
  const flags = { maximized: stored.maximized === true, fullScreen: stored.fullScreen === true }
  if (!isNumber(x) || !isNumber(y) || !isNumber(width) || !isNumber(height)) return { ...flags, bounds: null }
  const size = { width: Math.max(width, smallestWindow.width), height: Math.max(height, smallestWindow.height) }
  const isOnScreen = screens.some((screen) => {
    const seenWidth = Math.min(x + size.width, screen.x + screen.width) - Math.max(x, screen.x)
    return seenWidth >= graspable.width && y >= screen.y && y + graspable.height <= screen.y + screen.height
  })
  return { ...flags, bounds: isOnScreen ? { x, y, ...size } : null }
}

export function readWindowState(file: string, screens: readonly Area[]): WindowState {
  let text: string | null = null
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    // There is no file at the first start.
  }
  return parseWindowState(text, screens)
}

/** Writes to another file and renames it, so that a crash leaves the last good state. */
export function writeWindowState(file: string, state: WindowState): void {
  try {
    writeFileSync(`${file}.new`, JSON.stringify(state))
    renameSync(`${file}.new`, file)
  } catch {
    // The window's position is not important enough for an error message.
  }
}
