import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { withBackpressure } from './socketBackpressure.ts'

const turns = async (count: number) => {
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
    limited.addEventListener('message', () => {
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
  for (let i = 0; i < asked; i++) client.send('a question of some length, so that many of them do not fit into one piece of the network'.padEnd(2000))
  let before = -1
  while (answered !== before) {
    before = answered
    await turns(3000)
  }
  // What the system and one piece of what was read hold, and no more: all answers would be 300 MB.
  expect(answered).toBeLessThan(asked / 2)
  expect(mostBuffered).toBeLessThan(20_000_000)
  client.resume()
  while (read < asked) await turns(10)
  expect(answered).toBe(asked)
  client.terminate()
  server.close()
  await new Promise((resolve) => http.close(resolve))
})
