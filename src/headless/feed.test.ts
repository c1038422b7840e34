import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { createSystemClock } from '../clock/clock.ts'
import { someAlarmCounts } from '../shared/alarms.fixture.ts'
import type { FleetChanges } from '../shared/fleet.ts'
import { type AskChanges, sendFeed } from './consoleSockets.ts'

const changes = (revision: number, reset: boolean, padding = ''): FleetChanges => ({
  launch: 'one',
  revision,
  reset,
  at: 0,
  servers: [],
  removedServers: [],
  streams: [],
  removedSlots: [],
  figures: { slot: [], bitrateInBps: [], bitrateOutBps: [], readers: [], ownReaders: [], lostLastMinute: [], rttMs: [], readAt: [] },
  more: false,
  alarms: null,
  incidents: null,
  alarmCounts: someAlarmCounts(),
  incidentCounts: someAlarmCounts(),
  alarmsKeptFrom: null,
  consoleWhy: padding === '' ? null : { kind: 'serverError', error: { kind: 'internal', detail: padding } },
})

/** A feed over a real socket of which `ask` is asked for changes. */
async function startFeed(ask: AskChanges) {
  const stop = new AbortController()
  const http = createServer()
  const server = new WebSocketServer({ server: http })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const feed = new Promise<{ ended: Promise<void>; serverSide: WebSocket }>((resolve) => {
    server.on('connection', (socket) => {
      socket.on('close', () => stop.abort())
      const ended = sendFeed(socket, ask, { clock: createSystemClock(), everyMs: 0, signal: stop.signal }).catch((error: unknown) => {
        if (!stop.signal.aborted) throw error
      })
      resolve({ ended, serverSide: socket })
    })
  })
  const client = new WebSocket(`ws://127.0.0.1:${(http.address() as AddressInfo).port}`)
  const seen: number[] = []
  client.on('message', (data) => seen.push((JSON.parse(String(data)) as FleetChanges).revision))
  await new Promise((resolve) => client.once('open', resolve))
  const { ended, serverSide } = await feed
  return {
    client,
    serverSide,
    /** Revisions that arrived. */
    seen,
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      client.terminate()
      await ended
      server.close()
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}

async function turns(count: number) {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}

test('a reader who stops reading stops the asking, and gets the sum when he reads again', async () => {
  let asked = 0
  let since = -1
  // Something changes all the time, and each answer is large.
  await using feed = await startFeed(async (input) => {
    since = input.since
    asked++
    return changes(asked, asked === 1, 'x'.repeat(1_000_000))
  })
  while (feed.seen.length === 0) await turns(10)
  feed.client.pause()
  // Until what the system takes in between is full; without backpressure this would go on for ever.
  let before = -1
  while (asked !== before && asked < 500) {
    before = asked
    await turns(3000)
  }
  expect(asked).toBeLessThan(200)
  expect(feed.serverSide.bufferedAmount).toBeLessThan(1_100_000)
  const stoppedAt = asked
  expect(since).toBe(stoppedAt - 1)
  feed.client.resume()
  while (!feed.seen.includes(stoppedAt + 1)) await turns(10)
  expect(feed.seen).toEqual(feed.seen.map((_, index) => index + 1))
})

test('a message is sent when something changed, and none when nothing did', async () => {
  const answers = [changes(0, true), changes(0, false), changes(0, false), changes(7, false), changes(7, false)]
  let asked = 0
  const ready = Promise.withResolvers<void>()
  await using feed = await startFeed(async (_input, signal) => {
    const answer = answers[asked++]
    if (answer) return answer
    ready.resolve()
    return await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  })
  await ready.promise
  while (feed.seen.length < 2) await turns(10)
  expect(feed.seen).toEqual([0, 7])
})
