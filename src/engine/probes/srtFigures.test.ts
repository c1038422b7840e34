import { afterEach, expect, test } from 'vitest'
import { gradeReasonsOf } from '../../shared/probeGrades.ts'
import { goodReading } from '../../shared/probeReadings.fixture.ts'
import { createStreamsFixture, livePath, readerSession, type StreamsFixture } from '../streams/streams.fixture.ts'
import { newConnection, srtSince } from './srtFigures.ts'

let fixture: StreamsFixture
afterEach(() => {
  expect(fixture.errors).toEqual([])
  fixture.db.close()
})
const figures = (sent: number, lost: number) => ({
  ...{ rttMs: 30, rateMbps: 4, linkCapacityMbps: null, packetsDropped: 0, packetsBelated: null, packetsUndecryptable: null, receiveBufferMs: null },
  ...{ latencyMs: 120, packetsSent: sent, packetsLoss: lost, packetsRetransmitted: lost },
})
/** The list of the server: connections with their marks, and what was sent and lost on each. */
function list(connections: readonly (readonly [id: string, mark: string | null, sent: number, lost: number, createdAt?: number])[]) {
  const sessions = connections.map(([id, mark, sent, lost, createdAt = 1]) =>
    readerSession('cam', id, { list: 'srtConns', own: mark !== null, mark, createdAt, srt: figures(sent, lost) }),
  )
  return [[livePath('cam', 1_000, { readers: connections.map(([id]) => ({ type: 'srtConn', id })) })], sessions, ['srtConns']] as const
}
const own = () => fixture.streams.ownSrt('a', 'cam', 'tag.probe-1')

test('a probe has the figures of its own connection, of nobody else’s and of no earlier one', async () => {
  fixture = createStreamsFixture()
  fixture.poll(...list([['viewer', null, 9_000, 900]]))
  const before = newConnection(fixture.clock.monotonic())
  expect(srtSince(before, own())).toEqual({ reading: null, soFar: before })
  await fixture.next(...list([['viewer', null, 9_500, 950], ['other', 'tag.probe-2', 70, 7], ['console', 'else.probe-1', 80, 8], ['late', 'tag.probe-1', 60, 6], ['ours', 'tag.probe-1', 500, 10, 2]])) // biome-ignore format: a table
  const { reading, soFar } = srtSince(before, own())
  expect(reading).toEqual({ rttMs: 30, latencyMs: 120, sent: 500, lost: 10, retransmitted: 10 })
  // Nothing was listed since: the same figures would be counted twice.
  expect(srtSince(soFar, own()).reading).toBeNull()
  expect(srtSince(newConnection(fixture.clock.monotonic() + 1), own()).reading, 'of the look before').toBeNull()
})

test('a connection that stays open is counted from look to look', async () => {
  fixture = createStreamsFixture()
  fixture.poll(...list([]))
  let soFar = newConnection(fixture.clock.monotonic())
  const lost: unknown[] = []
  for (const [sent, of] of [
    [100, 3],
    [300, 3],
    [600, 33],
  ] as const) {
    // biome-ignore format: a table
    await fixture.next(...list([['ours', 'tag.probe-1', sent, of]]))
    const since = srtSince(soFar, own())
    soFar = since.soFar
    lost.push([since.reading?.sent, since.reading?.lost])
  }
  expect(lost).toEqual([[100, 3], [200, 0], [300, 30]]) // biome-ignore format: a table
})

test('a latency below three round trips and loss on the way lower the grade; what is unknown does not', () => {
  const reasons = (srt: Partial<NonNullable<(typeof goodReading)['srt']>> | null) =>
    gradeReasonsOf({ ...goodReading, srt: srt && { rttMs: 20, latencyMs: 120, sent: 1_000, lost: 10, retransmitted: 10, ...srt } }, null, []).map((reason) =>
      reason.kind === 'figure' ? `${reason.grade} ${reason.figure}` : reason.kind,
    )
  expect([reasons(null), reasons({}), reasons({ rttMs: null, sent: null }), reasons({ sent: 0, latencyMs: 0 })]).toEqual([[], [], [], []])
  expect([reasons({ rttMs: 60 }), reasons({ rttMs: 130 }), reasons({ lost: 100 }), reasons({ lost: 300 })]).toEqual([
    ['fair srtRttPercent'],
    ['poor srtRttPercent'],
    ['fair srtLostPercent'],
    ['poor srtLostPercent'],
  ])
})
