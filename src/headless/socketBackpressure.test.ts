import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { withBackpressure } from './consoleSockets.ts'

async function turns(count: number) {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}

test('who asks without reading his answers is not heard until he reads them', async () => {
  const http = createServer()
  const server = new WebSocketServer({ server: http })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const answer = 'x'.repeat(100_000)
  let answered = 0
  let mostBuffered = 0
  server.on('connection', (socket) => {
    const limited = withBackpressure(socket)
    limited.addEventListener('message', async () => {
      // Calls answer some moments later.
      for (let i = 0; i < 30; i++) await null
      answered++
      limited.send(answer)
      mostBuffered = Math.max(mostBuffered, socket.bufferedAmount)
    })
  })
  const client = new WebSocket(`ws://127.0.0.1:${(http.address() as AddressInfo).port}`)
  let read = 0
  client.on('message', () => read++)
  await new Promise((resolve) => client.once('open', resolve))
  client.pause()
  const asked = 3000
  // A thousand of them come in one piece of the network.
  for (let i = 0; i < asked; i++) client.send('a short question')
  let before = -1
  while (answered !== before) {
    before = answered
    await turns(3000)
  }
  // What the system holds, and a little more: all answers would be 300 MB.
  expect(answered).toBeLessThan(asked / 2)
  expect(mostBuffered).toBeLessThan(2_000_000)
  client.resume()
  while (read < asked) await turns(10)
  expect(answered).toBe(asked)
  client.terminate()
  server.close()
  await new Promise((resolve) => http.close(resolve))
})
