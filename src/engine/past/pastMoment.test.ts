import { expect, test } from 'vitest'
import { type MetricId, metricIds } from '../../shared/metrics.ts'
import { streamStateCodes } from '../../shared/streams.ts'
import { serverSubject, streamSubject } from '../../shared/subjectNames.ts'
import type { WholeMoment } from '../history/history.ts'
import type { ConsoleThen } from './consoleGaps.ts'
import type { KeptServer, KeptStream } from './keptFacts.ts'
import { pastFleetOf } from './pastMoment.ts'

const at = Date.UTC(2026, 10, 14, 3, 12, 40)
const running: ConsoleThen = { gap: null, noNetwork: null, launchedAt: Number.NEGATIVE_INFINITY }
const noName = () => null

interface Row {
  readonly serverId: string
  readonly path: string
  readonly samples?: { readonly [K in MetricId]?: number }
  /** Left out: nothing was told. */
  readonly facts?: object | null
  readonly factsAt?: number
}
const momentOf = (rows: readonly Row[], metrics: readonly MetricId[] = metricIds): WholeMoment => ({
  subjects: rows.map(({ serverId, path }) => (path === '' ? serverSubject(serverId) : streamSubject(serverId, path))),
  at: Float64Array.from(rows, ({ samples }) => (samples ? at - 700 : Number.NaN)),
  metrics,
  values: Float64Array.from(rows.flatMap(({ samples }) => metrics.map((id) => samples?.[id] ?? Number.NaN))),
  facts: rows.map(({ facts }) => facts ?? null),
  factsAt: Float64Array.from(rows, ({ facts, factsAt }) => (facts === undefined ? Number.NaN : (factsAt ?? at - 60_000))),
})

const live: KeptStream = {
  state: 'live',
  stateSince: at - 500_000,
  why: null,
  sourceType: 'rtspSession',
  tracks: [],
  width: null,
  height: null,
  upSince: at - 500_000,
  lastLiveAt: null,
  outageSince: null,
  onDemand: false,
  expected: true,
  publisher: '10.0.0.7',
}
const berlin: KeptServer = {
  name: 'Berlin',
  url: 'http://10.0.0.5:9997',
  origin: 'stored',
  auth: { kind: 'none', user: null, hasSecret: false },
  fingerprint: null,
  intervalSeconds: 2,
  tags: [],
  paused: false,
  addressesGiven: {},
  addresses: { hls: null, webrtc: null, rtsp: null, srt: null, playback: null, metrics: null, pprof: null },
  addressesFrom: 'defaults',
  addressesAssumed: true,
  state: 'up',
  stateSince: at - 600_000,
  error: null,
  lastAnswerAt: null,
  outageSince: null,
  isSilent: false,
  version: 'v1.20.1',
  startedAt: null,
  openToAll: false,
  notEnabled: [],
  cautions: [],
  launchedAt: at - 700_000,
  streams: { told: true, lost: null },
}
const up = { 'server.reachable': 1, 'server.answerMs': 12.5 }

test('where nothing was told samples alone speak, and a server’s name now is lent to them', async () => {
  const kept = momentOf([
    { serverId: 'a', path: '', samples: up },
    { serverId: 'a', path: 'cam1', samples: { 'path.state': streamStateCodes.stalled, 'path.bitrateIn': 4_000_000, 'path.readers': 3 } },
    { serverId: 'b', path: '', samples: { 'server.reachable': 0 } },
  ])
  const { servers, consoleWhy } = await pastFleetOf(at, kept, running, (id) => (id === 'a' ? 'Berlin' : null))
  expect(consoleWhy).toBeNull()
  expect(servers.map(({ server: { id, name, state, answerMs, version } }) => [id, name, state, answerMs, version])).toEqual([
    ['b', 'b', 'down', null, null],
    ['a', 'Berlin', 'up', 12.5, null],
  ])
  expect(servers[1]?.streams).toMatchObject([
    {
      facts: { path: 'cam1', state: 'stalled', tracks: [], sourceType: null },
      figures: { bitrateInBps: 4_000_000, readers: 3, rttMs: null, readAt: at - 700 },
    },
  ])
})

test('a name that the past knows is not the name of now', async () => {
  const { servers } = await pastFleetOf(at, momentOf([{ serverId: 'a', path: '', samples: up, facts: berlin }]), running, () => 'Potsdam')
  expect(servers[0]?.server.name).toBe('Berlin')
})

test('a stream whose newest sample is not known is what was told last, and its figures are not known', async () => {
  const kept = momentOf([
    { serverId: 'a', path: '', samples: up, facts: berlin },
    { serverId: 'a', path: 'cam1', facts: live },
  ])
  const { servers } = await pastFleetOf(at, kept, running, noName)
  expect(servers[0]?.streams[0]).toMatchObject({
    facts: { state: 'live', stateSince: live.stateSince, lastLiveAt: at - 700 },
    figures: { bitrateInBps: null, readers: null, ownReaders: 0, readAt: null },
  })
})

test('what was told to be gone is not there, unless something was seen of it since', async () => {
  const kept = momentOf([
    { serverId: 'a', path: '', samples: up, facts: berlin },
    { serverId: 'a', path: 'before', samples: { 'path.state': 0 }, facts: null, factsAt: at - 700 },
    { serverId: 'a', path: 'back', samples: { 'path.state': 0 }, facts: null, factsAt: at - 5_000 },
    { serverId: 'b', path: '', facts: null },
    { serverId: 'b', path: 'of a server that was removed', facts: live },
  ])
  const { servers } = await pastFleetOf(at, kept, running, noName)
  expect(servers.map(({ server }) => server.id)).toEqual(['a'])
  expect(servers[0]?.streams.map(({ facts }) => facts.path)).toEqual(['back'])
})

test('while a server cannot be asked its streams are unknown since then, and what was told of them stays', async () => {
  const lost = { why: { kind: 'serverDown' }, since: at - 20_000, seenAt: at - 24_000 }
  const waiting: KeptStream = { ...live, state: 'unknown', stateSince: at - 90_000, lastLiveAt: at - 95_000, why: { kind: 'notBack' } }
  const kept = momentOf([
    {
      serverId: 'a',
      path: '',
      samples: { 'server.reachable': 0 },
      facts: { ...berlin, state: 'down', stateSince: at - 20_000, streams: { told: true, lost } },
    },
    { serverId: 'a', path: 'cam1', facts: live, samples: { 'path.state': 0, 'path.readers': 4 } },
    { serverId: 'a', path: 'cam2', facts: waiting },
    { serverId: 'a', path: 'cam3', facts: { ...live, state: 'gone', lastLiveAt: at - 99_000, readersLost: 5 } },
  ])
  const { servers } = await pastFleetOf(at, kept, running, noName)
  expect(servers[0]?.streams.map(({ facts }) => [facts.state, facts.stateSince, facts.lastLiveAt, facts.why, facts.readersLost])).toEqual([
    ['unknown', lost.since, lost.seenAt, lost.why, undefined],
    ['unknown', waiting.stateSince, waiting.lastLiveAt, lost.why, undefined],
    ['unknown', lost.since, at - 99_000, lost.why, undefined],
  ])
  expect(servers[0]?.streams[0]?.figures).toMatchObject({ readers: null, readAt: lost.seenAt })
  expect(servers[0]?.server.totals).toMatchObject({ streams: 3, unknown: 3, readers: null, ownReaders: null })
})

test('until a launch has told of a server’s streams they are unknown, and servers of earlier launches are gone', async () => {
  const then: ConsoleThen = { ...running, launchedAt: at - 10_000 }
  const notAsked = { told: false, lost: { why: { kind: 'notAsked' }, since: at - 10_000, seenAt: null } }
  const kept = momentOf([
    { serverId: 'a', path: '', facts: { ...berlin, state: 'connecting', launchedAt: at - 10_000, streams: notAsked } },
    { serverId: 'a', path: 'cam1', facts: live },
    { serverId: 'b', path: '', facts: { ...berlin, name: 'Wien' } },
    { serverId: 'b', path: 'cam1', facts: live },
  ])
  const { servers } = await pastFleetOf(at, kept, then, noName)
  expect(servers.map(({ server }) => [server.name, server.state])).toEqual([['Berlin', 'connecting']])
  expect(servers[0]?.streams.map(({ facts }) => [facts.state, facts.why])).toEqual([['unknown', { kind: 'notAsked' }]])
})

test('facts that nobody of us has told are no facts', async () => {
  const kept = momentOf(
    [
      { serverId: 'a', path: '', samples: up, facts: { ...berlin, state: 'on fire' } },
      { serverId: 'a', path: 'cam1', samples: { 'path.state': 0 }, facts: { ...live, tracks: 'many' } },
      { serverId: 'a', path: 'cam2', samples: { 'path.state': 99 }, facts: { state: 'live' } },
      { serverId: 'a', path: 'cam3', facts: [] },
    ],
    ['server.reachable', 'path.state'],
  )
  const { servers } = await pastFleetOf(at, kept, running, noName)
  expect(servers.map(({ server }) => [server.name, server.state, server.answerMs])).toEqual([['a', 'up', null]])
  expect(servers[0]?.streams.map(({ facts }) => [facts.path, facts.state])).toEqual([
    ['cam1', 'live'],
    ['cam2', 'unknown'],
  ])
})

test('where a server did not answer and what was told of it cannot be read, its streams are unknown and never live', async () => {
  const kept = momentOf([
    {
      serverId: 'a',
      path: '',
      samples: { 'server.reachable': 0 },
      facts: { ...berlin, state: 'down', error: { kind: 'of a later version', words: 'Who knows.' } },
    },
    { serverId: 'a', path: 'cam1', facts: live },
  ])
  const { servers } = await pastFleetOf(at, kept, running, noName)
  expect(servers[0]?.server.state).toBe('down')
  expect(servers[0]?.streams[0]).toMatchObject({ facts: { state: 'unknown', why: { kind: 'serverDown' } }, figures: { bitrateInBps: null } })
})
