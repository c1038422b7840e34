import { join } from 'node:path'
import { app, utilityProcess } from 'electron'
import type { FromDemo } from './demoMessages.ts'
import type { MainLog } from './mainLog.ts'

/** A fleet of made-up media servers in a process of its own; ends with the app. Rejects where it can't run. */
export const startDemo = (options: {
  readonly outMain: string
  readonly appDir: string
  readonly log: MainLog
  /** It ended, whyever: its servers answer no more. */
  readonly onEnd: () => void
}): Promise<FromDemo> =>
  new Promise((resolve, reject) => {
    const { outMain, appDir, log, onEnd } = options
    const child = utilityProcess.fork(join(outMain, 'demoHost.js'), [appDir], { serviceName: 'mtxdeck demo fleet', stdio: 'inherit' })
    child.once('message', (ready: FromDemo) => resolve(ready))
    let quitting = false
    app.once('will-quit', () => {
      quitting = true
    })
    child.once('exit', (exitCode) => {
      // Its servers are then shown as down, as any others would be.
      if (!quitting) log.error({ exitCode }, 'The demo fleet ended.')
      onEnd()
      reject(new Error('The demo fleet could not be started.'))
    })
  })
