import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { closeWithoutBugs, createTestFleet } from '../../tests/fakes/testFleet.ts'
import { createSystemClock } from '../clock/clock.ts'
import { rtspServer } from '../demo/rtspServer.fixture.ts'
import { createTestLog } from '../engine/testLog.ts'
import { namedTokenInputSchema } from '../shared/accounts.ts'
import { someAlarmCounts } from '../shared/alarms.fixture.ts'
import type { FleetChanges } from '../shared/fleet.ts'
import { soleOperator } from '../shared/permissions.ts'
import { type AskChanges, sendFeed } from './consoleSockets.ts'
import { createConsoleServer } from './http.ts'

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

test('a feed says what whoever opened it may see, in the language that is asked for', async () => {
  const { engines, demo } = await createTestFleet(Date.UTC(2026, 10, 14, 3, 30, 0), 'feed', [rtspServer('Berlin', 'cam1')])
  onTestFinished(() => closeWithoutBugs(engines))
  const { engine, client } = await engines.start({ servers: demo.yamlServers() })
  await engines.clock.advance(20_000)
  const serverId = (await client.servers.list())[0]?.id ?? ''
  await client.cameras.add({ name: 'Gate', expected: 'always', streams: [{ use: 'main', serverId, path: 'gate' }] })
  await engines.clock.advance(90_000)
  await engine.settled()
  const token = 'a-token-for-tests-only'
  const served = await createConsoleServer({
    ...{ engine, clock: engines.clock, log: createTestLog(), version: '0.0.0-test', token, operator: soleOperator },
    ...{ listen: { host: '127.0.0.1', port: 0 }, tls: null, publicUrls: [], trustedProxies: [], rendererDir: join(engines.folder, 'none') },
  })
  if (!served.ok) throw new Error(served.error)
  engines.open.defer(() => served.value[Symbol.asyncDispose]())
  const firstFor = async (bearer: string) => {
    const socket = new WebSocket(`ws://127.0.0.1:${served.value.port}/api/feed?lang=de`, { headers: { Authorization: `Bearer ${bearer}` } })
    const text = await new Promise<string>((resolve) => socket.once('message', (data) => resolve(String(data))))
    socket.terminate()
    return (JSON.parse(text) as FleetChanges).alarms?.map(({ camera, text: said }) => [camera?.name, said])
  }
  const viewer = engine.people.tokens.add(namedTokenInputSchema.parse({ name: 'wall', role: 'user', console: 'view' }), 'operator')
  const said = expect.stringContaining('wird nichts gesendet')
  expect(await firstFor(token)).toEqual([['Gate', said]])
  expect(await firstFor(viewer.ok ? viewer.value.secret : '')).toEqual([[undefined, said]])
})
