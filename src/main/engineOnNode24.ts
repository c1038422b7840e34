// The engine on the Node 24 of the install, for an Electron whose own Node is too old: see engineHost.ts, which started
// this and passes messages of windows and media processes on.
import { EventEmitter } from 'node:events'
import type { FromEngineOnNode24, ToEngineOnNode24 } from './engineMessages.ts'
import { leaveCtrlCToMain } from './node24.ts'
import { runEngine } from './runEngine.ts'

leaveCtrlCToMain()
function send(message: FromEngineOnNode24) {
  if (process.connected) process.send?.(message)
}
/** What stands in for each open port. */
const ports = new Map<number, EventEmitter>()
const { receive, openEndpoint, openMedia } = runEngine(send, (exitCode) => process.exit(exitCode))

process.on('message', (message: ToEngineOnNode24) => {
  switch (message.kind) {
    case 'port': {
      const { port, of } = message
      const events = new EventEmitter()
      ports.set(port, events)
      const opened = {
        on: (event: string, listener: (event: { readonly data: unknown }) => void) => events.on(event, listener),
        postMessage: (data: unknown) => send({ kind: 'portMessage', port, message: data }),
      }
      if (of === 'door') openEndpoint(opened)
      else openMedia(of, opened)
      return
    }
    case 'portMessage':
      ports.get(message.port)?.emit('message', { data: message.message })
      return
    case 'portClosed':
      ports.get(message.port)?.emit('close')
      ports.delete(message.port)
      return
    default:
      receive(message)
  }
})

// The host died: end at once, as an engine inside it would.
process.on('disconnect', () => process.exit(1))
