import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sumKnown } from '../../shared/statistics.ts'
import { type StreamFacts, type StreamFigures, streamStates } from '../../shared/streams.ts'
import type { PathReading, SessionReading } from '../servers/readings.ts'
import type { StreamChanges } from './publishing.ts'
import { createStreamsFixture, h264, idlePath, livePath, publisherSession, readerSession, startAt } from './streams.fixture.ts'

/** A window that knows nothing but the changes it was given. */
function createWindow() {
  const facts = new Map<number, StreamFacts>()
  const figures = new Map<number, Omit<StreamFigures, 'bytesReceived' | 'bytesSent' | 'lossSince'>>()
  return {
    apply: (changes: StreamChanges) => {
      for (const one of changes.facts) facts.set(one.slot, one)
      changes.figures.slot.forEach((slot, i) => {
        const { bitrateInBps, bitrateOutBps, readers, ownReaders, lostLastMinute, rttMs, readAt } = changes.figures
        figures.set(slot, {
          bitrateInBps: bitrateInBps[i] ?? null,
          bitrateOutBps: bitrateOutBps[i] ?? null,
          readers: readers[i] ?? null,
          ownReaders: ownReaders[i] ?? 0,
          lostLastMinute: lostLastMinute[i] ?? null,
          rttMs: rttMs[i] ?? null,
          readAt: readAt[i] ?? null,
        })
      })
      for (const slot of changes.removedSlots) {
        facts.delete(slot)
        figures.delete(slot)
      }
    },
    // While a stream is live, when it was last live is now: not a change to be told.
    sorted: () => [...facts].sort(([a], [b]) => a - b).map(([slot, one]) => ({ ...one, lastLiveAt: null, figures: figures.get(slot) })),
  }
}

const pathArbitrary: fc.Arbitrary<(n: number) => PathReading> = fc
  .record({
    kind: fc.constantFrom('live', 'idle', 'slate', 'pulled', 'absent'),
    grows: fc.boolean(),
    object: fc.integer({ min: 0, max: 2 }),
    readers: fc.subarray(['r1', 'r2', 'ours']),
    size: fc.constantFrom(null, 360, 720),
    codec: fc.constantFrom('H264', 'H265'),
  })
  .map(({ kind, grows, object, readers, size, codec }) => (n: number) => {
    const name = `p${n % 4}`
    const inbound = grows ? n * 100_000 : 7
    if (kind === 'idle') return idlePath(name)
    return livePath(name, inbound, {
      slate: kind === 'slate',
      availableAt: startAt + object,
      sourceType: kind === 'slate' ? null : kind === 'pulled' ? 'rtspSource' : 'rtspSession',
      sourceId: kind === 'live' ? `publisher-of-${name}` : '',
      tracks: [{ ...h264, codec, height: size }],
      readers: readers.map((id) => ({ type: 'rtspSession', id: `${name}-${id}` })),
      available: kind !== 'absent',
    })
  })

const step = fc.record({
  waitMs: fc.constantFrom(2000, 2000, 2000, 500, 30_000, 90_000_000),
  paths: fc.array(pathArbitrary, { maxLength: 4 }),
  what: fc.constantFrom('poll', 'poll', 'poll', 'poll', 'fail', 'lost', 'configured', 'restarted', 'forget'),
  sessions: fc.boolean(),
  lost: fc.integer({ min: 0, max: 9 }),
  asks: fc.boolean(),
})

test('a window that applies what changed, whenever it asks, knows what one knows that asks for everything', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), fc.constantFrom(1, 2, 3, Number.POSITIVE_INFINITY), async (steps, most) => {
      const fixture = createStreamsFixture()
      const { streams, server, clock } = fixture
      const window = createWindow()
      let known = 0
      let slots = new Set<number>()
      for (const [n, { waitMs, paths, what, sessions, lost, asks }] of steps.entries()) {
        await clock.advance(waitMs)
        const readings = paths.map((path, i) => path(i))
        const rtp = { packets: 1, lost: lost + n, inError: 0, jitter: 1, reportedLost: null, discarded: null }
        const lists: SessionReading[] = readings.flatMap(({ name, readers }) => [
          publisherSession(name, { rtp }),
          ...readers.map(({ id }) => readerSession(name, id, { own: id.endsWith('ours') })),
        ])
        if (what === 'poll') fixture.poll(readings, sessions ? lists : [], sessions ? ['rtspSessions'] : [])
        else if (what === 'fail') fixture.pollFails()
        else if (what === 'lost') streams.lost(server, clock.now(), 'down')
        else if (what === 'restarted') streams.restarted(server)
        else if (what === 'forget') streams.forget('a')
        else
          streams.configured(
            server,
            readings.map(({ name }, i) => ({ name, pattern: false, onDemand: i % 2 === 1, source: 'rtsp', alwaysAvailable: false })),
          )

        const whole = streams.changedSince(-1)
        if (!whole) throw new Error('there is always a whole')
        const all = createWindow()
        all.apply({ ...whole, removedSlots: [] })
        // Each stream once, counted once, in one known state; handles are never used again.
        const totals = streams.totals('a')
        // Before the first answer none is known, nor how many there are.
        expect(totals.streams ?? 0).toBe(whole.facts.length)
        expect(sumKnown(streamStates.map((state) => totals[state]))).toBe(totals.streams)
        expect(new Set(whole.facts.map(({ path }) => path)).size).toBe(whole.facts.length)
        const removed = streams.changedSince(0)?.removedSlots ?? []
        for (const { slot } of whole.facts) expect(removed).not.toContain(slot)
        slots = slots.union(new Set(whole.facts.map(({ slot }) => slot)))
        expect(slots.size - removed.length).toBe(whole.facts.length)
        // The newest samples have a row for each stream that was there, whatever was added or removed.
        const batch = fixture.batches.at(-1)
        if (batch) expect(batch.values).toHaveLength((batch.parts?.length ?? 0) * batch.metrics.length)

        if (!asks) continue
        for (let more = true; more; ) {
          const changes = streams.changedSince(known, most)
          if (!changes) throw new Error('nothing was forgotten')
          if (changes.more) expect(changes.revision).toBeGreaterThan(known)
          known = changes.revision
          more = changes.more
          window.apply(changes)
        }
        expect(known).toBe(streams.revision())
        expect(window.sorted()).toEqual(all.sorted())
      }
      expect(fixture.errors).toEqual([])
      fixture.db.close()
    }),
    { numRuns: 150 },
  )
})
