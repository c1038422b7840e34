// The engine on the Node 24 of the install, for an Electron whose own Node is too old: see engineHost.ts, which started
// this and passes the windows' messages on.
import { EventEmitter } from 'node:events'
import type { MediaUse } from '../shared/media.ts'
import type { FromEngineOnNode24, ToEngineOnNode24 } from './engineMessages.ts'
import { leaveCtrlCToMain } from './node24.ts'
import { runEngine } from './runEngine.ts'

leaveCtrlCToMain()
function send(message: FromEngineOnNode24) {
  if (process.connected) process.send?.(message)
}
const endpoints = new Map<number, EventEmitter>()
/** Represents the current connection to each media process; each connection has its own. */
const media = new Map<MediaUse, EventEmitter>()
const { receive, openEndpoint, openMedia } = runEngine(send, (exitCode) => process.exit(exitCode))

process.on('message', (message: ToEngineOnNode24) => {
  switch (message.kind) {
    case 'door': {
      const events = new EventEmitter()
      endpoints.set(message.endpoint, events)
      openEndpoint({
        on: (event, listener) => events.on(event, listener),
        postMessage: (data: unknown) => send({ kind: 'doorMessage', endpoint: message.endpoint, message: data }),
      })
      return
    }
    case 'media': {
      const { use } = message
      const events = new EventEmitter()
      media.set(use, events)
      openMedia(use, {
        on: (event, listener) => events.on(event, listener),
        postMessage: (data) => {
          if (media.get(use) === events) send({ kind: 'mediaMessage', use, message: data })
        },
      })
      return
    }
    case 'mediaMessage':
      media.get(message.use)?.emit('message', { data: message.message })
      return
    case 'doorMessage':
      endpoints.get(message.endpoint)?.emit('message', { data: message.message })
      return
    case 'doorClosed':
      endpoints.get(message.endpoint)?.emit('close')
      endpoints.delete(message.endpoint)
      return
    default:
      receive(message)
  }
})

// The host died: end at once, as an engine inside it would.
process.on('disconnect', () => process.exit(1))
