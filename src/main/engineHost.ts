// Entry of the engine's utilityProcess. The product's Electron brings Node 24 with N-API 10, which the store's SQLite
// needs: there the engine runs in this process. In an older runtime (the one available to our tests) SQLite would end
// the process with a segmentation fault, so the engine runs on the Node 24 of the install, and this process passes messages on.
// Main and windows see no difference.
import type { MessagePortMain } from 'electron'
import type { MediaUse } from '../shared/media.ts'
import type { FromEngine, FromEngineOnNode24, ToEngine, ToEngineOnNode24 } from './engineMessages.ts'
import { forkOnNode24, leaveCtrlCToMain, runsNode24 } from './node24.ts'
import type { EngineRun } from './runEngine.ts'

leaveCtrlCToMain()
const { parentPort } = process
const send = (message: FromEngine) => parentPort.postMessage(message)

type Receive = (message: ToEngine, port: MessagePortMain | undefined) => void

function runHere(): Receive {
  const run: Promise<EngineRun> = import('./runEngine.ts').then(({ runEngine }) => runEngine(send, (exitCode) => process.exit(exitCode)))
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
  const endpoints = new Map<number, MessagePortMain>()
  let lastEndpoint = 0
  const media = new Map<MediaUse, MessagePortMain>()
  const child = forkOnNode24(appDir, 'engineOnNode24.js').then((started) => {
    if (started === null) {
      send({ kind: 'failed', why: { kind: 'noNode24', version: process.versions.node } })
      return null
    }
    started.on('message', (message: FromEngineOnNode24) => {
      if (message.kind === 'doorMessage') endpoints.get(message.endpoint)?.postMessage(message.message)
      else if (message.kind === 'mediaMessage') media.get(message.use)?.postMessage(message.message)
      else send(message)
    })
    started.on('exit', (code, signal) => process.exit(signal === null ? (code ?? 0) : 1))
    return started
  })
  const pass = (message: ToEngineOnNode24) => void child.then((started) => started?.send(message))
  return (message, port) => {
    if (message.kind !== 'door' && message.kind !== 'media') {
      pass(message)
      return
    }
    if (port === undefined) return
    if (message.kind === 'media') {
      const { use } = message
      media.set(use, port)
      pass(message)
      port.on('message', ({ data }) => {
        if (media.get(use) === port) pass({ kind: 'mediaMessage', use, message: data })
      })
      port.start()
      return
    }
    const endpoint = ++lastEndpoint
    endpoints.set(endpoint, port)
    pass({ kind: 'door', endpoint })
    port.on('message', ({ data }) => pass({ kind: 'doorMessage', endpoint, message: data }))
    port.on('close', () => {
      endpoints.delete(endpoint)
      pass({ kind: 'doorClosed', endpoint })
    })
    port.start()
  }
}

let receive: Receive | null = null
parentPort.on('message', ({ data, ports }: { data: ToEngine; ports: MessagePortMain[] }) => {
  if (data.kind === 'start') receive ??= runsNode24 ? runHere() : runOnNode24(data.start.appDir)
  receive?.(data, ports[0])
})
