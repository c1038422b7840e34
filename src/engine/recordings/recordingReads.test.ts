import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { createTestClock } from '../../clock/testClock.ts'
import { ok } from '../../shared/result.ts'
import type { Server } from '../../shared/servers.ts'
import { createPlaybackList } from '../servers/otherEndpoints.ts'
import type { ConfiguredPath } from '../servers/readings.ts'
import { createTestLog } from '../testLog.ts'
import { createRecordingReads, type KnownRecordings } from './recordingReads.ts'
import { recordingFiguresOf } from './recordings.ts'

const second = 1_000
const startAt = Date.UTC(2026, 9, 24, 8)
const moments = (...seconds: readonly number[]) => seconds.map((at) => startAt + at * second)
const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

/** A playback server as MediaMTX is: what is asked for begins when it was asked for. `recorded`: in seconds. */
async function startPlayback(recorded: readonly (readonly [from: number, to: number])[], password: string | null = null) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '/', 'http://playback')
    const [start, end] = [searchParams.get('start') ?? '', searchParams.get('end')]
    asked.push(`${searchParams.get('path')} ${(Date.parse(start) - startAt) / second}`)
    if (password !== null && request.headers.authorization !== password) return response.writeHead(401).end()
    const [from, until] = [Date.parse(start), end === null ? Number.POSITIVE_INFINITY : Date.parse(end)]
    const entries = recorded.flatMap(([begins, ends]) => {
      const [first, last] = [Math.max(from, startAt + begins * second), Math.min(until, startAt + ends * second)]
      return last > first ? [{ start: new Date(first).toISOString(), duration: (last - first) / second }] : []
    })
    if (entries.length === 0) return response.writeHead(404, { 'content-type': 'application/json' }).end('{"status":"error"}')
    return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(entries))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanups.push(
    () =>
      new Promise((resolve) => {
        server.close(resolve)
        server.closeAllConnections()
      }),
  )
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

function readsOf(playback: string, starts: readonly number[], listedAt: number, authorization: string | null = null) {
  const clock = createTestClock(startAt + listedAt * second)
  const stop = new AbortController()
  cleanups.push(() => stop.abort())
  const server = {
    id: 's1',
    state: 'up',
    stateSince: 0,
    version: '1.20.1',
    clockSkewMs: 0,
    addresses: { playback },
    addressesAssumed: false,
    cautions: [],
  } as unknown as Server
  const plan = { format: 'fmp4', segmentMs: 30 * second, deleteAfterMs: 0, slates: false } satisfies ConfiguredPath['recording']
  const reads = createRecordingReads({
    clock,
    log: createTestLog(),
    servers: () => [server],
    known: new Map(),
    clientOf: () => {
      const list = createPlaybackList({
        clock,
        access: { serverId: 's1', url: 'http://127.0.0.1:9997', authorization, fingerprint: null },
        userAgent: 'mtxdeck/test',
      })
      return {
        readRecordings: async () =>
          ok({
            items: [{ path: 'gate', starts: Float64Array.from(moments(...starts)), cut: false }],
            arrivedAt: 0,
            tookMs: 0,
            bytes: 0,
            serverDate: null,
          }),
        readRecordedEnd: list.readEnd,
        close: list.close,
      }
    },
    eachPlanned: () => ['gate'],
    recordingOf: () => plan,
    signal: stop.signal,
  })
  const ends = async () => {
    await reads.refresh([server], 0, stop.signal)
    await reads.settled()
    return [...(reads.of('s1')?.paths.get('gate')?.ends ?? [])].map(([start, end]) => [(start - startAt) / second, (end - startAt) / second])
  }
  return { ends }
}

test('the playback server is asked how far a segment reaches that is not followed at once, once for each and each time for the newest', async () => {
  const playback = await startPlayback([
    [0, 38.3],
    [150.6, 215],
  ])
  const { ends } = readsOf(playback.url, [0, 30, 150.6, 180.6], 216)
  // The newest is being written.
  expect(await ends()).toEqual([[30, 38.3]])
  expect(playback.asked).toEqual(['gate 180.601', 'gate 30.001'])
  await ends()
  expect(playback.asked.slice(2)).toEqual(['gate 180.601'])
})

test('a segment that is not written any more has an end before it is full', async () => {
  const playback = await startPlayback([[0, 38.3]])
  expect(await readsOf(playback.url, [0, 30], 59).ends()).toEqual([[30, 38.3]])
})

test('a playback server that does not tell is asked no more of a listing, and its segments have no ends', async () => {
  const playback = await startPlayback([[0, 38.3]], 'Basic bm9jOndhdGNoLW1l')
  expect(await readsOf(playback.url, [0, 30, 150.6], 200).ends()).toEqual([])
  expect(playback.asked).toHaveLength(1)
  expect(await readsOf(playback.url, [0, 30, 150.6], 200, 'Basic bm9jOndhdGNoLW1l').ends()).toEqual([[30, 38.3]])
})

/** What is listed can be changed, and what is known of the stream `gate` asked, in seconds. */
function changingLists(plan: Partial<NonNullable<ConfiguredPath['recording']>> = {}, aheadMs = 0) {
  const clock = createTestClock(startAt)
  const stop = new AbortController()
  cleanups.push(() => stop.abort())
  const server = { id: 's1', state: 'up', stateSince: 0, version: '1.20.1', clockSkewMs: 0, addresses: {}, addressesAssumed: true, cautions: [] }
  const recording = { format: 'fmp4', segmentMs: 30 * second, deleteAfterMs: 0, slates: false, ...plan }
  const known: KnownRecordings = new Map()
  let lists = 0
  let listed: readonly number[] = []
  const reads = createRecordingReads({
    clock,
    log: createTestLog(),
    servers: () => [server as unknown as Server],
    known,
    clientOf: () => ({
      readRecordings: async () => {
        lists++
        const items = listed.length === 0 ? [] : [{ path: 'gate', starts: Float64Array.from(moments(...listed), (at) => at + aheadMs), cut: false }]
        return ok({ items, arrivedAt: 0, tookMs: 0, bytes: 0, serverDate: null })
      },
      readRecordedEnd: async () => ok(null),
      close: async () => {},
    }),
    eachPlanned: () => ['gate'],
    recordingOf: () => recording,
    signal: stop.signal,
  })
  const until = async (at: number, list: readonly number[]) => {
    listed = list
    await clock.advance(startAt + at * second - clock.now())
  }
  const figures = () => {
    const found = recordingFiguresOf(known.get('s1'), 'gate', startAt, () => recording, clock.now())
    return found && [found.notRecordedMs / second, found.missingMs / second]
  }
  const lost = () => {
    const span = known.get('s1')?.lost.get('gate')
    return span && [(span.from - startAt) / second, (span.to - startAt) / second]
  }
  const missing = () => known.get('s1')?.missing.size
  return { server, reads, until, figures, lost, missing, lists: () => lists }
}
/** Starts of segments of 30 s. */
const segments = (from: number, to: number) => Array.from({ length: (to - from) / 30 }, (_, n) => from + n * 30)

test('of a list that becomes empty what was recorded is neither a gap nor unexpected, and what is missing begins with that list; once it is back, its gap is exact', async () => {
  const { until, figures, lost, missing, lists } = changingLists()
  await until(10, segments(0, 30))
  await until(320, segments(0, 330))
  expect([figures(), lost()]).toEqual([[0, 0], undefined])
  // Its folder is changed to one that can't be written at 580.
  await until(615, [])
  expect([figures(), lost(), missing()]).toEqual([[0, 0], [0, 611], 0])
  const before = lists()
  await until(675, [])
  expect(lists() - before, 'asked again after a minute').toBe(1)
  expect([figures(), lost()]).toEqual([
    [60, 0],
    [0, 611],
  ])
  // Changed back at 700.
  await until(735, [...segments(0, 600), 700])
  expect([figures(), lost(), missing()]).toEqual([[0, 85], undefined, 0])
})

test('of a folder that is changed to another one in use, nothing is missing', async () => {
  const { until, figures, lost } = changingLists()
  await until(320, segments(0, 330))
  await until(620, segments(580, 640))
  expect([figures(), lost()]).toEqual([
    [0, 0],
    [0, 611],
  ])
})

test('what its server deleted by its age is not lost, and the gap goes on from where the last segment ended', async () => {
  const { until, figures, lost } = changingLists({ deleteAfterMs: 600 * second })
  await until(20, segments(0, 30))
  await until(320, segments(0, 330))
  await until(920, segments(0, 330))
  const [gap = 0] = figures() ?? []
  await until(980, [])
  expect(lost()).toEqual([330, 330])
  expect(figures()?.[0]).toBeLessThanOrEqual(gap + 75)
  expect(figures()?.[0]).toBeGreaterThan(500)
})

test('a clock that is measured anew loses nothing', async () => {
  const { server, until, lost } = changingLists({}, 3_600_000)
  await until(320, segments(0, 330))
  server.clockSkewMs = 3_600_000
  await until(620, segments(0, 630))
  expect(lost()).toBeUndefined()
})
