// Entry of the engine's utilityProcess. The product's Electron brings Node 24 with N-API 10, which the store's SQLite
// needs: there the engine runs in this process. In an older runtime (the one available to our tests) SQLite would end
// the process with a segmentation fault, so the engine runs on the Node 24 of the install, and this process passes messages on.
// Main and windows see no difference.
import type { MessagePortMain } from 'electron'
import type { FromEngine, FromEngineOnNode24, ToEngine, ToEngineOnNode24 } from './engineMessages.ts'
import { forkOnNode24, leaveCtrlCToMain, runsNode24 } from './node24.ts'

leaveCtrlCToMain()
const { parentPort } = process
const send = (message: FromEngine) => parentPort.postMessage(message)

type Receive = (message: ToEngine, port: MessagePortMain | undefined) => void

function runHere(): Receive {
  const run = import('./runEngine.ts').then(({ runEngine }) => runEngine(send, (exitCode) => process.exit(exitCode)))
  return (message, port) =>
    void run.then(({ receive, openEndpoint, openMedia }) => {
      if (message.kind !== 'door' && message.kind !== 'media') {
        receive(message)
      } else if (port !== undefined) {
        if (message.kind === 'door') openEndpoint(port)
        else openMedia(message.use, port)
        port.start()
      }
    })
}

function runOnNode24(appDir: string): Receive {
  const ports = new Map<number, MessagePortMain>()
  let lastPort = 0
  const child = forkOnNode24(appDir, 'engineOnNode24.js').then((started) => {
    if (started === null) {
      send({ kind: 'failed', why: { kind: 'noNode24', version: process.versions.node } })
      return null
    }
    started.on('message', (message: FromEngineOnNode24) => {
      if (message.kind === 'portMessage') ports.get(message.port)?.postMessage(message.message)
      else send(message)
    })
    started.on('exit', (code, signal) => process.exit(signal === null ? (code ?? 0) : 1))
    return started
  })
  const pass = (message: ToEngineOnNode24) => void child.then((started) => started?.send(message))
  return (message, opened) => {
    if (message.kind !== 'door' && message.kind !== 'media') return pass(message)
    if (opened === undefined) return
    const port = ++lastPort
    ports.set(port, opened)
    pass({ kind: 'port', port, of: message.kind === 'door' ? 'door' : message.use })
    opened.on('message', ({ data }) => pass({ kind: 'portMessage', port, message: data }))
    opened.on('close', () => {
      ports.delete(port)
      pass({ kind: 'portClosed', port })
    })
    opened.start()
  }
}

let receive: Receive | null = null
parentPort.on('message', ({ data, ports }: { data: ToEngine; ports: MessagePortMain[] }) => {
  if (data.kind === 'stop' && receive === null) process.exit(0)
  if (data.kind === 'start') receive ??= runsNode24 ? runHere() : runOnNode24(data.start.appDir)
  receive?.(data, ports[0])
})
