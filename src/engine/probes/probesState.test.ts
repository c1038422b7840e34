import { afterEach, describe, expect, it, test } from 'vitest'
import { type Content, type ContentFinding, isContentFault } from '../../shared/probeContent.ts'
import { gradeReasonsOf } from '../../shared/probeGrades.ts'
import { goodReading } from '../../shared/probeReadings.fixture.ts'
import { createStreamsFixture, livePath, readerSession, type StreamsFixture } from '../streams/streams.fixture.ts'
import { createLastBitrates, createLastingContent, newConnection, srtSince } from './probesState.ts'

test('the last bit rates have a mean, and how much they vary; one alone has neither', () => {
  const rates = createLastBitrates()
  expect(rates.sum()).toBeNull()
  rates.add(1_000_000)
  rates.add(null)
  expect(rates.sum()).toBeNull()
  rates.add(1_000_000)
  expect(rates.sum()).toEqual({ meanBps: 1_000_000, variation: 0, stability: 'stable' })
  rates.add(4_000_000)
  expect(rates.sum()).toMatchObject({ meanBps: 2_000_000, stability: 'unstable' })
})

test('only the last twenty count, and none after the stream was down', () => {
  const rates = createLastBitrates()
  rates.add(50_000_000)
  for (let i = 0; i < 20; i++) rates.add(i % 2 === 0 ? 1_000_000 : 1_400_000)
  expect(rates.sum()).toMatchObject({ meanBps: 1_200_000, stability: 'varying' })
  rates.clear()
  expect(rates.sum()).toBeNull()
})

test('silence is no division by zero', () => {
  const rates = createLastBitrates()
  rates.add(0)
  rates.add(0)
  expect(rates.sum()).toEqual({ meanBps: 0, variation: 0, stability: 'stable' })
})

const check = (findings: ContentFinding[], evaluated: Content['evaluated'] = ['black', 'frozen']): Content => ({
  pictures: 3,
  undecoded: [],
  darkPercent: 1,
  motionPercent: 1,
  peakDbfs: null,
  clippedPercent: null,
  loudnessLufs: null,
  findings,
  evaluated,
})
/** For how long a reading counts. */
const holdsMs = 60_000
const black = (seconds: number, isFromStart: boolean): ContentFinding => ({ check: 'black', seconds, isFromStart })

describe('what lasts in pictures and sound', () => {
  it('goes on over turns where each look has it from its beginning', () => {
    const content = createLastingContent()
    content.add(check([black(4, false)]), 100_000, holdsMs)
    content.add(check([black(5, true)]), 130_000, holdsMs)
    expect(content.all()).toEqual([{ check: 'black', since: 96_000, lastedMs: 34_000 }])
    expect(content.all().map(({ lastedMs }) => lastedMs)).toEqual([34_000])
    expect(content.all().map(isContentFault)).toEqual([true])
  })

  it('goes on over the looks of a stream that stays open', () => {
    const content = createLastingContent()
    content.add(check([black(4, false)]), 100_000, holdsMs)
    content.add(check([black(10.1, false)]), 106_000, holdsMs)
    expect(content.all()).toEqual([{ check: 'black', since: 96_000, lastedMs: 10_000 }])
  })

  it('begins anew where a look saw something else in between', () => {
    const content = createLastingContent()
    content.add(check([black(4, false)]), 100_000, holdsMs)
    content.add(check([black(2, false)]), 106_000, holdsMs)
    expect(content.all()).toEqual([{ check: 'black', since: 104_000, lastedMs: 2_000 }])
    content.add(check([]), 112_000, holdsMs)
    expect(content.all()).toEqual([])
  })

  it('of two still pictures is one only where a look had it from beginning to end', () => {
    const still = (seconds: number, isFromStart: boolean): ContentFinding => ({ check: 'frozen', seconds, isFromStart })
    const content = createLastingContent()
    content.add(check([still(2, false)]), 100_000, holdsMs)
    content.add(check([still(5, true)]), 130_000, holdsMs)
    expect(content.all()).toMatchObject([{ check: 'frozen', since: 125_000 }])
    content.add(check([still(5, true)]), 160_000, holdsMs)
    expect(content.all()).toMatchObject([{ check: 'frozen', since: 125_000, lastedMs: 35_000 }])
    // A day later it is another one.
    content.add(check([still(5, true)]), 86_560_000, holdsMs)
    expect(content.all()).toMatchObject([{ check: 'frozen', since: 86_555_000 }])
  })

  it('is forgotten where it can’t be judged for longer than a reading counts', () => {
    const content = createLastingContent()
    content.add(check([black(4, false)]), 100_000, holdsMs)
    content.add(check([], ['silent']), 161_000, holdsMs)
    expect(content.all()).toEqual([])
  })

  it('stays as it was seen where a look can’t judge it, and ends where nothing is looked for any more', () => {
    const content = createLastingContent()
    content.add(check([black(4, false)]), 100_000, holdsMs)
    content.add(check([], []), 106_000, holdsMs)
    expect(content.all()).toEqual([{ check: 'black', since: 96_000, lastedMs: 4_000 }])
    content.add(null, 112_000, holdsMs)
    expect(content.all()).toEqual([])
  })
})

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
