// The engine on the Node 24 of the install, for an Electron whose own Node is too old: see engineHost.ts, which started
// this and passes the windows' messages on.
import { EventEmitter } from 'node:events'
import type { FromEngineOnNode24, ToEngineOnNode24 } from './engineMessages.ts'
import { runEngine } from './runEngine.ts'

const send = (message: FromEngineOnNode24) => {
  if (process.connected) process.send?.(message)
}
const doors = new Map<number, EventEmitter>()
const { receive, openDoor } = runEngine(send, (exitCode) => process.exit(exitCode))

process.on('message', (message: ToEngineOnNode24) => {
  switch (message.kind) {
    case 'door': {
      const events = new EventEmitter()
      doors.set(message.door, events)
      openDoor({
        on: (event, listener) => events.on(event, listener),
        postMessage: (data: unknown) => send({ kind: 'doorMessage', door: message.door, message: data }),
      })
      return
    }
    case 'doorMessage':
      doors.get(message.door)?.emit('message', { data: message.message })
      return
    case 'doorClosed':
      doors.get(message.door)?.emit('close')
      doors.delete(message.door)
      return
    default:
      receive(message)
  }
})

// The host died: end at once, as an engine inside it would have.
process.on('disconnect', () => process.exit(1))
