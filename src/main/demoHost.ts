// Entry of the demo fleet's utilityProcess. Like engineHost.ts it runs in this process if its Node is new enough, otherwise on the
// Node 24 of the install.

import type { FromDemo } from './engineMessages.ts'
import { forkOnNode24, leaveCtrlCToMain, runsNode24 } from './node24.ts'

leaveCtrlCToMain()
const send = (message: FromDemo) => process.parentPort.postMessage(message)
const [appDir = ''] = process.argv.slice(2)

async function start() {
  if (runsNode24) {
    const { runDemo } = await import('./runDemo.ts')
    return runDemo(send)
  }
  const child = await forkOnNode24(appDir, 'demoOnNode24.js')
  if (child === null) throw new Error('There is no Node 24 to run the demo fleet.')
  child.on('message', (message: FromDemo) => send(message))
  child.on('exit', (code) => process.exit(code ?? 1))
}
void start()
