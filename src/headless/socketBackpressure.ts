import type { WebSocket } from 'ws'

/** Beyond this many unread bytes, messages of a socket wait until its client has read the answers. */
const holdAboveBytes = 1_000_000

/**
 * The socket for oRPC. Messages of a client that does not read its answers wait until it does, so that answers don't pile up
 * here: of the messages in one chunk, one is handed on per turn of the event loop, and none while too much is unread.
 */
export function withBackpressure(socket: WebSocket): Pick<WebSocket, 'addEventListener' | 'send'> {
  const held: (() => void)[] = []
  let isTurnTaken = false
  const handOn = () => {
    if (isTurnTaken || socket.bufferedAmount > holdAboveBytes) return
    const hear = held.shift()
    if (hear === undefined) {
      if (socket.isPaused) socket.resume()
      return
    }
    isTurnTaken = true
    hear()
    setImmediate(() => {
      isTurnTaken = false
      handOn()
    })
  }
  const addEventListener: WebSocket['addEventListener'] = (type, listener, options) => {
    if (type !== 'message') {
      socket.addEventListener(type, listener, options)
      return
    }
    socket.addEventListener(
      type,
      (event) => {
        held.push(() => (typeof listener === 'function' ? listener(event) : listener.handleEvent(event)))
        handOn()
        if (held.length > 0 && !socket.isPaused) socket.pause()
      },
      options,
    )
  }
  socket.once('close', () => {
    held.length = 0
  })
  return {
    addEventListener,
    send: (message: Parameters<WebSocket['send']>[0]) => socket.send(message, handOn),
  }
}
