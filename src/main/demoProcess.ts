import { join } from 'node:path'
import { app, utilityProcess } from 'electron'
import type { FromDemo } from './demoMessages.ts'
import type { MainLog } from './mainLog.ts'

/** Starts a fleet of simulated media servers in its own process, which ends with the app. Rejects if it can't run. */
export function startDemo(options: {
  readonly outMain: string
  readonly appDir: string
  readonly log: MainLog
  /** Called when the process has ended for any reason, so that its servers no longer answer. */
  readonly onEnd: () => void
}): Promise<FromDemo> {
  return new Promise((resolve, reject) => {
    const { outMain, appDir, log, onEnd } = options
    const child = utilityProcess.fork(join(outMain, 'demoHost.js'), [appDir], { serviceName: 'mtxdeck demo fleet', stdio: 'inherit' })
    child.once('message', (ready: FromDemo) => resolve(ready))
    let quitting = false
    app.once('will-quit', () => {
      quitting = true
    })
    child.once('exit', (exitCode) => {
      // Its servers are then shown as down, like any others.
      if (!quitting) log.error({ exitCode }, 'The demo fleet ended.')
      onEnd()
      reject(new Error('The demo fleet could not be started.'))
    })
  })
}
