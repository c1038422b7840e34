import type { WebSocket } from 'ws'

/** Beyond this a socket is not read until its reader took what was answered. */
const pauseAboveBytes = 1_000_000

/** The socket as oRPC uses it. Who does not read his answers is not listened to until he does, so that they don't pile up here. */
export const withBackpressure = (socket: WebSocket): Pick<WebSocket, 'addEventListener' | 'send'> => ({
  addEventListener: socket.addEventListener.bind(socket),
  send: (message: Parameters<WebSocket['send']>[0]) => {
    socket.send(message, () => {
      if (socket.isPaused && socket.bufferedAmount < pauseAboveBytes / 2) socket.resume()
    })
    if (!socket.isPaused && socket.bufferedAmount > pauseAboveBytes) socket.pause()
  },
})
