// Entry of the demo fleet's utilityProcess. Like engineHost.ts it runs in this process if its Node is new enough, otherwise as the same entry on the
// Node 24 of the install.
import { createSystemClock } from '../clock/clock.ts'
import { demoSeed, type FromDemo } from './engineMessages.ts'
import { forkOnNode24, leaveCtrlCToMain, runsNode24 } from './node24.ts'

leaveCtrlCToMain()
/** undefined: this is no process of Electron. */
const parentPort: Electron.ParentPort | undefined = process.parentPort
function send(message: FromDemo) {
  if (parentPort === undefined) process.send?.(message)
  else parentPort.postMessage(message)
}
process.on('disconnect', () => process.exit(0))

async function start() {
  if (runsNode24) {
    const { createDemoFleet } = await import('../demo/demoFleet.ts')
    const log = (text: string) => console.error(`demo: ${text}`)
    const fleet = await createDemoFleet({ clock: createSystemClock(), seed: demoSeed, preset: 'showcase', hosts: true, log })
    send({ servers: fleet.yamlServers(), hosts: fleet.yamlHosts(), probes: fleet.yamlProbes() })
    return
  }
  const [appDir = ''] = process.argv.slice(2)
  const child = await forkOnNode24(appDir, 'demoHost.js')
  if (child === null) throw new Error('There is no Node 24 to run the demo fleet.')
  child.on('message', (message: FromDemo) => send(message))
  child.on('exit', (code) => process.exit(code ?? 1))
}
void start()
