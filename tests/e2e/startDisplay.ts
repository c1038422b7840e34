import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { browserMissing, desktopMissing, xvfbPath } from './missing.ts'

/** Says what is skipped and why, and gives the windows a screen of their own where the machine has none. Returns what takes it away again. */
async function startDisplay(): Promise<(() => void) | undefined> {
  for (const [what, missing] of [
    ['windows', desktopMissing()],
    ['browser', browserMissing()],
  ])
    if (missing !== null) console.log(`The tests of ${what} are skipped: ${missing}.`)
  const program = xvfbPath()
  if (process.platform !== 'linux' || process.env.DISPLAY || program === null) return undefined
  const screen = spawn(program, ['-displayfd', '3', '-screen', '0', '1920x1200x24', '-nolisten', 'tcp'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] })
  const display = screen.stdio[3]
  if (!display || !('readable' in display)) return undefined
  const number = await new Promise<string | null>((resolve) => {
    createInterface({ input: display as NodeJS.ReadableStream }).once('line', resolve)
    screen.once('exit', () => resolve(null))
    screen.once('error', () => resolve(null))
  })
  if (number !== null) process.env.DISPLAY = `:${number}`
  return () => void screen.kill()
}

// Playwright wants it so.
export default startDisplay
