import { describe, expect, it } from 'vitest'
import { someIncident } from '../shared/incidents.fixture.ts'
import { type Factor, incidentSchema } from '../shared/incidents.ts'
import type { AlarmKind } from '../shared/rules.ts'
import { deviceSubject, probeSubject, serverSubject, streamSubject } from '../shared/subjectNames.ts'
import { evidenceText, incidentMessage, incidentTitle } from './incidentText.ts'
import { type Language, languages } from './languages.ts'
import { expectSentence } from './words.fixture.ts'

const shared = { count: 45, of: 47, spanMs: 2_400 }
/** One of each kind: the compiler asks for it. */
const factors: { readonly [K in Factor['kind']]: Factor & { kind: K } } = {
  server: { kind: 'server', servers: 1, streams: 47, alarms: 3 },
  servers: { kind: 'servers', count: 45, of: 47, spanMs: 2_400 },
  path: { kind: 'path', path: 'studio', servers: 47, spanMs: 2_400 },
  together: { kind: 'together', value: 'Berlin', ...shared },
  address: { kind: 'address', value: '10.0.0.5', ...shared },
  source: { kind: 'source', value: 'camera.example.org', ...shared },
  network: { kind: 'network', value: '10.0.0.0/24', ...shared },
  upstream: {
    kind: 'upstream',
    count: 47,
    servers: 3,
    stream: { serverId: 'c', serverName: 'edge-2', path: 'cam1' },
    upstreams: [
      { serverId: 'b', serverName: 'edge-1', path: 'cam1', by: 'pull' },
      { serverId: 'a', serverName: 'origin', path: 'cam1', by: 'forward' },
    ],
  },
}
const all: readonly Factor[] = [
  ...Object.values(factors),
  { ...factors.server, alarms: 0 },
  { ...factors.server, streams: 0 },
  { ...factors.server, streams: null, isOver: true },
  { ...factors.server, servers: 2, streams: null, isOver: true },
  { ...factors.server, servers: 2 },
  { ...factors.servers, count: 47 },
  { ...factors.together, count: 47 },
]
const { why } = someIncident()
const bitrateLow = { kind: 'limitCrossed', rule: 'bitrateLow', why } as const
const factorText = (factor: Factor, language: Language) => evidenceText({ ...bitrateLow, factors: [factor] }, language)
const alone: Factor = { ...factors.upstream, count: 1, servers: 1 }

describe.each(languages)('what alarms have in common, in %s', (language) => {
  it('is a sentence with its figures for each kind', () => {
    for (const factor of all) {
      expectSentence(factor.kind, (tag) => factorText(factor, tag), language, factor)
      if (factor.kind !== 'server') expect(factorText(factor, language)).toMatch(/47/)
      if ('value' in factor) expect(factorText(factor, language)).toContain(factor.value)
    }
  })
  it('says how many of how many, and within which time', () => {
    expect(factorText(factors.together, language)).toMatch(/(45.*47|47.*45)/)
    expect(factorText(factors.together, language)).toMatch(/3/)
  })
  it('names each stream on the way to where one comes from', () => {
    for (const factor of [factors.upstream, alone]) {
      expectSentence(factor.kind, (tag) => factorText(factor, tag), language, factor)
      expect(factorText(factor, language)).toMatch(/edge-2\/cam1.*edge-1\/cam1.*origin\/cam1/)
    }
    expect(factorText(alone, 'en')).toBe('edge-2/cam1 pulls from edge-1/cam1, which is forwarded from origin/cam1.')
  })
  it('is nothing where a server explains nothing more', () => {
    expect(factorText({ ...factors.server, streams: null, alarms: 0 }, language)).toBe('')
  })
})

it('each is one that is sent', () => {
  for (const factor of all) expect(incidentSchema.shape.factors.parse([factor])).toEqual([factor])
})

describe('an incident', () => {
  const berlin = { subject: streamSubject('a', 'studio'), serverName: 'Berlin' }
  it.each([
    ['of one stream by stream and server', { ...berlin }, 'Berlin · studio'],
    ['of a device by it and its host', { subject: deviceSubject('h', 'disk:/'), serverName: 'Berlin' }, 'Berlin · disk:/'],
    ['of a server by the server', { subject: serverSubject('a'), serverName: 'Berlin' }, 'Berlin'],
    ['of several servers by the first and their number', { subject: serverSubject('a'), serverName: 'Berlin', serversTotal: 3 }, 'Berlin · 3 servers'],
    ['of probes, which are no servers, by the first', { subject: probeSubject('p'), serverName: 'canary', serversTotal: 2 }, 'canary'],
    ['of many streams of a server by their number', { ...berlin, lasting: 45, streams: 45 }, 'Berlin · 45 streams'],
    ['of a path on several servers by the path', { ...berlin, lasting: 6, streams: 6, serversTotal: 6, factors: [factors.path] }, 'studio · 6 servers'],
    ['of what others come from by that', { ...berlin, lasting: 6, streams: 6, serversTotal: 6, factors: [factors.upstream] }, 'Berlin · studio'],
    ['of streams of several servers by both numbers', { ...berlin, lasting: 6, streams: 6, serversTotal: 2 }, '6 streams · 2 servers'],
  ])('%s is called so', (_, change, title) => {
    expect(incidentTitle(someIncident(change), 'en')).toBe(title)
  })
  it('of many streams says what is wrong first, then with how many, then what they share', () => {
    const four = { count: 4, of: 6, spanMs: 600 }
    const gateB: Factor = { kind: 'together', value: 'Gate B', ...four }
    const words = (change: object) => incidentMessage(someIncident({ ...bitrateLow, streams: 4, common: null, ...change }), 'en').cause
    expect(words({ factors: [gateB] })).toBe('Bitrate low on 4 of 6 streams of Gate B, within 1 s.')
    expect(words({ factors: [gateB, { kind: 'address', value: '10.0.0.5', ...four, of: 4 }] })).toBe(
      'Bitrate low on 4 of 6 streams of Gate B, within 1 s; 4 of 4 streams from the address 10.0.0.5, within 1 s.',
    )
    const own = { rule: 'rule-7', factors: [gateB] }
    expect(words({ ...own, ruleName: 'Slow link' })).toBe('Slow link on 4 of 6 streams of Gate B, within 1 s.')
    const why = { kind: 'limitCrossed', metric: 'path.rtt', per: null, side: 'above', value: 400, limit: 300, clear: 200 } as const
    expect(words({ ...own, why })).toBe('Round trip on 4 of 6 streams of Gate B, within 1 s.')
  })
  it('of many streams with different troubles says how many have which', () => {
    const of = (kind: AlarmKind, streams: number) => ({ kind, rule: kind, why, streams })
    const kinds = [of('sourceFailing', 2), of('slateOnAir', 1)]
    const words = (change: object) => incidentMessage(someIncident({ kind: 'slateOnAir', streams: 3, common: null, kinds, ...change }), 'en').cause
    expect(words({})).toBe('Pulled source fails on 2 streams. Slate shown on 1 stream.')
    const together: Factor = { kind: 'together', value: 'Berlin', count: 3, of: 6, spanMs: 600 }
    expect(words({ factors: [together] })).toBe('Trouble on 3 of 6 streams of Berlin, within 1 s. Pulled source fails on 2 streams. Slate shown on 1 stream.')
    const others = [of('packetsLost', 4), of('streamGone', 3)]
    expect(words({ kind: 'streamGone', kinds: others, factors: [together] })).toBe('No signal on 3 of 6 streams of Berlin, within 1 s.')
  })
  it('of streams whose server is down says that nothing is known of them now', () => {
    const cause = incidentMessage(someIncident({ isUnknown: true, streams: 1, why: { kind: 'noData' } }), 'en').cause
    expect(cause).toBe('Unknown while its server does not answer. Before: Connected, but no data arrives.')
  })
  it('says why a server is down and what follows from it, and of many streams what they have in common', () => {
    const why = { kind: 'noAnswer' } as const
    expect(incidentMessage(someIncident({ subject: serverSubject('a'), kind: 'serverDown', why, factors: [factors.server] }), 'en').cause).toBe(
      'It does not answer. State unknown because of it: 47 streams. It also explains 3 alarms of streams.',
    )
    const left = { ...factors.server, streams: null, alarms: 3, isOver: true }
    expect(incidentMessage(someIncident({ factors: [left], streams: 3, common: { kind: 'notBack' } }), 'en').cause).toMatch(
      /^No signal on 3 streams\. Left of an outage that is over: 3 streams\. /,
    )
    expect(incidentMessage(someIncident({ factors: [{ ...left, alarms: 1 }], streams: 1, why }), 'en').cause).toBe(
      'It does not answer. Left of an outage that is over: 1 stream.',
    )
    expect(incidentMessage(someIncident({ factors: [factors.path], streams: 47, common: why }), 'en').cause).toBe(
      'No signal on studio, on 47 servers within 3 s. It does not answer.',
    )
    expect(incidentMessage(someIncident({ ...bitrateLow, streams: 2, common: null }), 'en').cause).toBe('Bitrate low on 2 streams.')
    expect(incidentMessage(someIncident({ factors: [alone], why }), 'en').cause).toBe(
      'It does not answer. edge-2/cam1 pulls from edge-1/cam1, which is forwarded from origin/cam1.',
    )
  })
})
