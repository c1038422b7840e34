import { describe, expect, it } from 'vitest'
import { someServer } from './servers.fixture.ts'
import type { StreamFacts, StreamFigures } from './streams.ts'
import { isStreamTroubled, troubleOfServer, troubleOfStream } from './troubles.ts'

const facts = (some: Partial<StreamFacts>): StreamFacts => ({
  slot: 1,
  serverId: 'a',
  path: 'cam1',
  state: 'live',
  stateSince: 1_000,
  why: null,
  sourceType: 'rtspSession',
  tracks: [],
  width: null,
  height: null,
  upSince: 1_000,
  lastLiveAt: 1_000,
  outageSince: null,
  onDemand: false,
  expected: true,
  publisher: null,
  ...some,
})
const figures = (some: Partial<StreamFigures> = {}): StreamFigures => ({
  bytesReceived: 1,
  bytesSent: 0,
  bitrateInBps: 1,
  bitrateOutBps: 0,
  readers: 2,
  ownReaders: 0,
  lostLastMinute: 0,
  lossSince: null,
  rttMs: null,
  readAt: 2_000,
  ...some,
})

describe('what is wrong with a stream', () => {
  it.each([
    ['gone', {}, {}, 'critical', 'streamGone'],
    ['stalled', {}, {}, 'critical', 'streamStalled'],
    ['slate', {}, {}, 'major', 'slateOnAir'],
    ['waiting', { sourceType: 'rtspSource' }, {}, 'minor', 'sourceFailing'],
    ['live', {}, { lostLastMinute: 14, lossSince: 60_000 }, 'minor', 'packetsLost'],
  ] as const)('%s is told', (state, someFacts, someFigures, severity, kind) => {
    expect(troubleOfStream('A', facts({ state, ...someFacts }), figures(someFigures))).toMatchObject({ severity, kind, path: 'cam1' })
    expect(isStreamTroubled(facts({ state, ...someFacts }), figures(someFigures))).toBe(true)
  })

  it.each([
    ['live and whole', { state: 'live' }, {}],
    ['live with losses that are not known', { state: 'live' }, { lostLastMinute: null }],
    ['of a server that cannot be asked', { state: 'unknown' }, { lostLastMinute: 5 }],
    ['on demand and not asked for', { state: 'waiting', onDemand: true, sourceType: 'rtspSource' }, {}],
    ['waiting for its first publisher', { state: 'waiting', sourceType: null }, {}],
  ] as const)('nothing is wrong with one that is %s', (_what, someFacts, someFigures) => {
    expect(troubleOfStream('A', facts(someFacts), figures(someFigures))).toBeNull()
    expect(isStreamTroubled(facts(someFacts), figures(someFigures))).toBe(false)
  })

  it('counts losses from their first one, not from when the stream came up', () => {
    expect(troubleOfStream('A', facts({ stateSince: 1_000 }), figures({ lostLastMinute: 3, lossSince: 60_000 }))?.since).toBe(60_000)
  })

  it('are as old as their outage, whatever it was called on the way', () => {
    const since = (some: Partial<StreamFacts>) => troubleOfStream('berlin', facts({ stateSince: 9_000, ...some }), figures())?.since
    expect(since({ state: 'stalled', outageSince: 4_000 })).toBe(4_000)
    expect(since({ state: 'gone', outageSince: 4_000 })).toBe(4_000)
    expect(since({ state: 'gone' })).toBe(9_000)
    const down = someServer('a', { state: 'down', stateSince: 9_000, outageSince: 4_000 })
    expect(troubleOfServer(down)?.since).toBe(4_000)
  })
  it('says of a gone stream how many readers it had', () => {
    expect(troubleOfStream('A', facts({ state: 'gone', readersLost: 31 }), figures({ readers: 0 }))?.readers).toBe(31)
  })
})
