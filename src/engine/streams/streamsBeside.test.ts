import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { PathReading, SessionReading } from '../servers/readings.ts'
import { createStreamsFixture, livePath, publisherSession, readerSession, startAt } from './streams.fixture.ts'

const figure = fc.option(fc.nat(1_000))
const counter = fc.option(fc.nat(1_000_000))
const srtFigures = fc.record({
  rttMs: figure,
  rateMbps: figure,
  linkCapacityMbps: figure,
  packetsLoss: counter,
  packetsRetransmitted: counter,
  packetsDropped: counter,
  packetsBelated: counter,
  packetsUndecryptable: counter,
  latencyMs: figure,
  receiveBufferMs: figure,
})
const rtpFigures = fc.record({ packets: fc.nat(1_000), lost: counter, inError: counter, jitter: figure, reportedLost: counter, discarded: counter })

/** All that an answer may say of one stream; null: nothing. */
const momentOfStream = fc.option(
  fc.record({
    available: fc.boolean(),
    slate: fc.boolean(),
    object: fc.nat(1),
    source: fc.nat(1),
    inboundBytes: counter,
    outboundBytes: counter,
    framesInError: counter,
    readers: fc.nat(2),
    framesDiscarded: counter,
    publisher: fc.oneof(
      fc.constant(null),
      srtFigures.map((srt) => ({ list: 'srtConns', protocol: 'srt', rtp: null, srt }) as const),
      rtpFigures.map((rtp) => ({ list: 'rtspSessions', protocol: 'rtsp', rtp, srt: null }) as const),
    ),
  }),
)
type StreamMoment = NonNullable<typeof momentOfStream extends fc.Arbitrary<infer T> ? T : never>

function pathOf(name: string, { object, source, available, slate, readers, publisher, ...counters }: StreamMoment): PathReading {
  return livePath(name, 0, {
    available,
    slate: available && slate,
    availableAt: available ? startAt + object : null,
    sourceType: publisher?.list === 'srtConns' ? 'srtConn' : 'rtspSession',
    sourceId: `${name} publisher ${source}`,
    readers: Array.from({ length: readers }, (_, n) => ({ type: 'rtspSession', id: `${name} reader ${n}` })),
    inboundBytes: counters.inboundBytes,
    outboundBytes: counters.outboundBytes,
    framesInError: counters.framesInError,
  })
}
function sessionsOf(name: string, { source, readers, framesDiscarded, publisher }: StreamMoment): readonly SessionReading[] {
  return [
    ...(publisher === null ? [] : [publisherSession(name, { id: `${name} publisher ${source}`, ...publisher })]),
    ...Array.from({ length: readers }, (_, n) => readerSession(name, `${name} reader ${n}`, { framesDiscarded })),
  ]
}

/** What history is given of each stream in every round of a server that lists these. */
async function samplesOf(rounds: readonly { readonly waitMs: number; readonly streams: ReadonlyMap<string, StreamMoment | null> }[]) {
  const { clock, poll, batches, db } = createStreamsFixture()
  const samples = new Map<string, unknown[]>()
  for (const { waitMs, streams } of rounds) {
    await clock.advance(waitMs)
    const listed = [...streams].flatMap(([name, moment]) => (moment === null ? [] : [[name, moment] as const]))
    poll(
      listed.map(([name, moment]) => pathOf(name, moment)),
      listed.flatMap(([name, moment]) => sessionsOf(name, moment)),
      ['rtspSessions', 'srtConns'],
    )
    const batch = batches.at(-1)
    for (const name of streams.keys()) {
      const row = batch?.parts?.indexOf(name) ?? -1
      const values = row < 0 ? null : batch?.metrics.map((id, column) => [id, batch.values[row * batch.metrics.length + column]])
      samples.set(name, [...(samples.get(name) ?? []), values])
    }
  }
  db.close()
  return samples
}

test('what is kept of a stream is the same whichever stream is read before or after it', async () => {
  const round = fc.record({ waitMs: fc.integer({ min: 100, max: 20_000 }), one: momentOfStream, other: momentOfStream })
  await fc.assert(
    fc.asyncProperty(fc.array(round, { minLength: 1, maxLength: 6 }), async (rounds) => {
      // A third one stays as it is: a server all of whose streams change at once is taken for one that was restarted.
      const still = {
        available: true,
        slate: false,
        object: 0,
        source: 0,
        inboundBytes: 1,
        outboundBytes: 1,
        framesInError: 0,
        readers: 0,
        framesDiscarded: null,
      }
      const listing = (names: readonly string[]) =>
        samplesOf(
          rounds.map(({ waitMs, one, other }) => ({
            waitMs,
            streams: new Map(names.map((name) => [name, name === 'one' ? one : name === 'other' ? other : { ...still, publisher: null }])),
          })),
        )
      const alone = [await listing(['one', 'still']), await listing(['other', 'still'])]
      for (const names of [
        ['one', 'other', 'still'],
        ['other', 'one', 'still'],
      ]) {
        const beside = await listing(names)
        expect(beside.get('one')).toEqual(alone[0]?.get('one'))
        expect(beside.get('other')).toEqual(alone[1]?.get('other'))
      }
    }),
    { numRuns: 150 },
  )
})
