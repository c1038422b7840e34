import { expect, test } from 'vitest'
import { createTestClock } from '../../clock/testClock.ts'
import { goodReading } from '../../shared/probeReadings.fixture.ts'
import { createOwnEndpoints } from './ownEndpoints.ts'

/** A server that answers each 2 s. `lists`: what it lists of the stream, `breaksAfterMs`: how long it can be read. */
async function evaluated(lists: (reads: number, forMs: number) => { own: number; all: number } | null, breaksAfterMs = Number.POSITIVE_INFINITY) {
  const clock = createTestClock()
  const answers = () => Math.floor(clock.now() / 2_000) * 2_000
  let verdict: boolean | null = null
  let reads = 0
  let since = Number.NaN
  const read = createOwnEndpoints({
    clock,
    userAgent: 'mtxdeck/0',
    ffmpeg: () => '',
    media: {
      probe: async (_, onReading, signal) => {
        reads++
        since = clock.now()
        const isOver = () => signal?.aborted === true || clock.now() - since >= breaksAfterMs
        while (!isOver()) {
          await new Promise<void>((resolve) => void clock.setTimeout(resolve, 1_000))
          if (!isOver()) onReading(goodReading, null)
        }
        since = Number.NaN
        return { kind: 'cancelled' }
      },
    },
    unevaluated: () => (verdict === null ? { at: 'rtsp://a:8554', answeredAt: answers() } : null),
    listed: () => {
      const found = lists(reads, answers() - since)
      return found && { ownByRtsp: found.own, readersByRtsp: found.all }
    },
    evaluate: (_id, _at, isOwn) => {
      verdict = isOwn
    },
    signal: new AbortController().signal,
  })
  read('a', 'cam1', 'rtsp://a:8554/cam1')
  await clock.advance(300_000)
  read('a', 'cam1', 'rtsp://a:8554/cam1')
  await clock.advance(200_000)
  return { verdict, reads }
}

test('an address is its own once our reader is seen there, and nothing is read for that afterwards', async () => {
  expect(await evaluated((_, forMs) => (forMs > 0 ? { own: 1, all: 3 } : { own: 0, all: 2 }))).toEqual({ verdict: true, reads: 1 })
})

test('it is another server’s where nobody reads it by RTSP while we do, in each of two reads', async () => {
  expect(await evaluated(() => ({ own: 0, all: 0 }))).toEqual({ verdict: false, reads: 2 })
  expect(await evaluated((reads) => (reads === 1 ? { own: 0, all: 0 } : { own: 1, all: 1 }))).toEqual({ verdict: true, reads: 2 })
})

test.each([
  ['others read it, and the version does not tell who is who', () => ({ own: 0, all: 1 }), undefined],
  ['it is not on air', () => null, undefined],
  ['it breaks off before the server has said enough', () => ({ own: 0, all: 0 }), 5_000],
])('nothing is said where %s, and it is not tried again at once', async (_, lists, breaksAfterMs) => {
  const { verdict, reads } = await evaluated(lists, breaksAfterMs)
  expect(verdict).toBeNull()
  expect(reads).toBeLessThan(2)
})
