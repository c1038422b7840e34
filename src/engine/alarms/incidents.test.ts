import { describe, expect, it } from 'vitest'
import { someAlarm } from '../../shared/alarms.fixture.ts'
import type { Alarm, StreamOrigin } from '../../shared/alarms.ts'
import type { Cause } from '../../shared/causes.ts'
import { hostSubject, probeSubject, serverSubject, streamSubject } from '../../shared/subjectNames.ts'
import { incidentOf } from './incidents.ts'

const origin = (change: Partial<StreamOrigin>): StreamOrigin => ({ address: null, agent: null, source: null, ...change })
const stream = (name: string, change: Partial<Alarm> = {}): Alarm => {
  const [serverId = '', path = ''] = name.split('/')
  return someAlarm({ id: name, incident: 'x', subject: streamSubject(serverId, path), serverName: serverId, since: 0, raisedAt: 0, readers: 1, ...change })
}
const server = (id: string, change: Partial<Alarm> = {}): Alarm =>
  someAlarm({ id, incident: 'x', kind: 'serverDown', subject: serverSubject(id), serverName: id, since: 0, raisedAt: 0, streams: 47, readers: null, ...change })
const incident = (...alarms: readonly Alarm[]) => incidentOf('x', alarms) ?? expect.fail('there is an incident')
const healed = { state: 'healedUnseen', healedAt: 10_000 } as const

describe('what an incident is', () => {
  it('is nothing without alarms', () => {
    expect(incidentOf('x', [])).toBeNull()
  })
  it('of one alarm, it is that', () => {
    expect(incident(stream('a/1', { severity: 'major' }))).toMatchObject({
      lead: 'a/1',
      kind: 'streamGone',
      severity: 'major',
      factors: [],
      streams: 1,
      lasting: 1,
    })
  })
  it('has the severity of the worst that lasts and is told, and needs an operator as long as one of them does', () => {
    const minor = stream('a/1', { severity: 'minor', state: 'acknowledged' })
    expect(incident(minor, stream('a/2', { ...healed, severity: 'critical' })).severity).toBe('minor')
    expect(incident(minor, stream('a/2', { state: 'shelved', severity: 'critical' })).severity).toBe('minor')
    expect(incident(minor, stream('a/2', healed)).state).toBe('acknowledged')
    expect(incident(minor, stream('a/2')).state).toBe('unacknowledged')
    expect(incident(stream('a/1', { state: 'shelved' }), stream('a/2', { state: 'suppressed', suppressedBy: 'server' })).state).toBe('suppressed')
  })
  it('is as severe as an outage of its server that may return, though it is called after what that left', () => {
    const slate = stream('a/1', { kind: 'slateOnAir', severity: 'major', since: 5_000 })
    expect(incident(server('a', { severity: 'critical', calmSince: 10_000 }), slate)).toMatchObject({ lead: 'a/1', severity: 'critical' })
    expect(incident(server('a', { ...healed, severity: 'critical' }), slate).severity).toBe('major')
  })
  it('says what is wrong with how many of its streams, unless that is the same with all', () => {
    const kindsOf = (...alarms: readonly Alarm[]) => incident(...alarms).kinds?.map(({ kind, streams }) => [kind, streams])
    const pull = { kind: 'sourceFailing', severity: 'minor' } as const
    expect(kindsOf(stream('a/1', { kind: 'slateOnAir', severity: 'major' }), stream('a/2', pull), stream('a/3', pull))).toEqual([
      ['sourceFailing', 2],
      ['slateOnAir', 1],
    ])
    expect(kindsOf(stream('a/1'), stream('a/2'))).toBeUndefined()
    expect(kindsOf(stream('a/1'), stream('a/1', { id: 'loss', kind: 'packetsLost' }))).toBeUndefined()
    expect(kindsOf(stream('a/1'), stream('a/2', { kind: 'packetsLost', calmSince: 5_000 })), 'only of what is wrong now').toBeUndefined()
  })
  it('says why its lead was raised, or what else is wrong with the same, and of many streams only what is true of their host', () => {
    const cause = (facts: Cause['facts']): Cause => ({ facts, sure: 'seen', of: null, metric: null })
    const causes = [cause({ kind: 'publisherClosed', bps: 46 }), cause({ kind: 'hostBusy', cpu: 93 })]
    expect(incident(stream('a/1', { causes })).causes).toEqual(causes)
    expect(incident(stream('a/1'), stream('a/1', { id: 'other', severity: 'minor', causes })).causes).toEqual(causes)
    expect(incident(stream('a/1', { causes }), stream('a/2')).causes).toEqual([causes[1]])
    expect(incident(stream('a/1'), stream('a/2', { causes })).causes).toEqual([causes[1]])
    expect(incident(stream('a/1'), stream('a/2', { since: 10_000_000, causes })).causes).toBeUndefined()
    expect(incident(stream('a/1'), stream('b/2', { causes })).causes).toBeUndefined()
  })
  it('is of the stream, and not of the probe that reads it, unless that says more', () => {
    const probe = (change: Partial<Alarm> = {}) =>
      stream('a/1', { id: 'probe', kind: 'limitCrossed', subject: probeSubject('one'), serverName: 'one', severity: 'major', readers: null, ...change })
    const gone = incident(probe({ since: -1 }), stream('a/1', { severity: 'major' }))
    expect(gone).toMatchObject({ lead: 'a/1', servers: ['a'], serversTotal: 1, streams: 1, common: expect.objectContaining({ kind: expect.any(String) }) })
    expect(incident(probe(), stream('a/1', { severity: 'warning' }))).toMatchObject({ lead: 'probe', servers: ['a'], streams: 1 })
    expect(incident(probe())).toMatchObject({ lead: 'probe', servers: ['one'], streams: 0 })
  })
  it('stays that of the stream while only the probe that reads it waits to be over', () => {
    const probe = (change: Partial<Alarm>) =>
      stream('a/1', {
        id: 'probe',
        kind: 'limitCrossed',
        rule: 'probeDown',
        subject: probeSubject('one'),
        serverName: 'one',
        severity: 'major',
        since: 3_000,
        ...change,
      })
    const was = stream('a/1', healed)
    expect(incident(was, probe({ state: 'acknowledged', calmSince: 12_000, clearsAt: 90_000 }))).toMatchObject({
      lead: 'a/1',
      since: 0,
      healedAt: null,
      state: 'acknowledged',
      calmSince: 12_000,
      clearsAt: 90_000,
    })
    expect(incident(was, probe({})), 'what it still finds is its own').toMatchObject({ lead: 'probe', since: 3_000 })
  })
  it('lasts from its first alarm until the last of them has healed', () => {
    expect(incident(stream('a/1', { since: 5 }), stream('a/2', { since: 2 }))).toMatchObject({ since: 2, healedAt: null })
    expect(incident(stream('a/1', healed), stream('a/2', { ...healed, healedAt: 20_000 }))).toMatchObject({ healedAt: 20_000, lasting: 0 })
  })
  it('is called after the worst that is wrong now, and is as old as that', () => {
    const loss = (change: Partial<Alarm>) => stream('a/1', { id: 'loss', kind: 'packetsLost', severity: 'minor', since: -500_000, ...change })
    expect(incident(loss({}), stream('a/1', { since: 5_000 }))).toMatchObject({ lead: 'a/1', kind: 'streamGone', severity: 'critical', since: 5_000 })
    expect(incident(loss({}), stream('a/1', { since: 5_000, calmSince: 9_000 }))).toMatchObject({ lead: 'loss', severity: 'minor', since: -500_000 })
  })
  it('lasted, once it is over, as long as what lasted to its end', () => {
    const late = stream('a/1', { id: 'late', kind: 'limitCrossed', rule: 'probeDown', severity: 'major', since: 20_000, ...healed, healedAt: 900_000 })
    expect(incident(stream('a/1', healed), late)).toMatchObject({ lead: 'late', since: 20_000, healedAt: 900_000 })
    const soon = { ...late, healedAt: 30_000 }
    expect(incident(stream('a/1', healed), soon)).toMatchObject({ lead: 'a/1', since: 0, healedAt: 10_000 })
  })
  it('is, once it is over, of as many streams as it is called after, and not of all that its server took before', () => {
    const late = ['a/1', 'a/2'].map((name) => stream(name, { ...healed, healedAt: 200_000 }))
    expect(incident(server('a', healed), ...late)).toMatchObject({ kind: 'streamGone', streams: 2, membersTotal: 3, healedAt: 200_000 })
  })
  it('is unknown while the server of its streams is down', () => {
    expect(incident(stream('a/1', { state: 'suppressed', suppressedBy: 'server' })).isUnknown).toBe(true)
    expect(incident(stream('a/1', { state: 'suppressed', suppressedBy: 'console' })).isUnknown).toBeUndefined()
    expect(incident(stream('a/1', { state: 'suppressed', suppressedBy: 'server' }), server('a')).isUnknown).toBeUndefined()
  })
  it('counts streams once, those unknown because of their server with it, and readers as far as they are known', () => {
    expect(incident(server('a'), stream('a/1', { readers: 3 }), stream('b/1', { readers: 4 }))).toMatchObject({ streams: 48, readers: 7, serversTotal: 2 })
  })
  it('counts a machine beside its server as no second server', () => {
    const machine = someAlarm({ id: 'm', incident: 'x', kind: 'hostDown', subject: hostSubject('m'), serverName: 'rack', since: 0, raisedAt: 0 })
    expect(incident(server('a'), machine)).toMatchObject({ servers: ['a'], serversTotal: 1 })
    expect(incident(machine)).toMatchObject({ servers: ['rack'], serversTotal: 1 })
  })
  it('does not know how many streams it hits where a server does not know its own, and nothing else is hit', () => {
    expect(incident(server('a', { streams: null })).streams).toBeNull()
    expect(incident(server('a', { streams: null }), stream('b/1')).streams).toBe(1)
  })
  it('says what is wrong with all of its streams without what is true of one only, and nothing where it is not the same', () => {
    const left = (remoteAddr: string) => ({ kind: 'streamOff', sourceType: 'rtspSession', remoteAddr, minMs: 5, maxMs: 6 }) as const
    expect(incident(stream('a/1', { why: left('10.0.0.1') }), stream('a/2', { why: left('10.0.0.2') })).common).toEqual({ kind: 'senderLeft', pulled: false })
    const lost = (count: number, estimated: boolean) => ({ kind: 'packetsLost', count, estimated }) as const
    expect(incident(stream('a/1', { why: lost(3, false) }), stream('a/2', { why: lost(4, true) })).common).toEqual(lost(7, true))
    expect(incident(stream('a/1', { why: lost(3, false) }), stream('a/2')).common).toBeNull()
    expect(incident(stream('a/1'), server('a')).common).toBeNull()
  })
  it('names a bounded number of its alarms, and how many there are', () => {
    const { members, membersTotal } = incident(...Array.from({ length: 500 }, (_, place) => stream(`a/${place}`)))
    expect([members.length, membersTotal]).toEqual([100, 500])
  })
})

describe('the cause', () => {
  it('is the server, which explains the alarms of its streams, also those that came before', () => {
    const { lead, factors } = incident(stream('a/1', { raisedAt: 1_000 }), stream('a/2', { raisedAt: 6_000 }), server('a', { raisedAt: 8_000 }))
    expect(lead).toBe('a')
    expect(factors).toEqual([{ kind: 'server', servers: 1, streams: 47, alarms: 2 }])
  })
  it('is the outage also for streams that are still off after it, but not for one that goes the next day', () => {
    const outage = server('a', healed)
    const left = incident(outage, stream('a/1', { since: 9_000 }), stream('a/2', { since: 5_000, ...healed }))
    // The server answers again: it is not said that it does not.
    expect(left).toMatchObject({ lead: 'a/1', kind: 'streamGone', factors: [{ kind: 'server', streams: null, alarms: 1, isOver: true }] })
    // A stream whose first alarm healed is still hit by a later one.
    const again = incident(outage, stream('a/1', { since: 5_000, ...healed }), stream('a/1', { id: 'later', kind: 'limitCrossed', since: 9_000 }))
    expect(again.factors).toMatchObject([{ kind: 'server', alarms: 1, isOver: true }])
    expect(incident(outage, server('b'), stream('a/1', { since: 5_000 }))).toMatchObject({ lead: 'b', factors: [{ kind: 'server', servers: 2, streams: 47 }] })
    expect(incident(outage, stream('a/1', healed))).toMatchObject({ lead: 'a', factors: [{ kind: 'server', streams: 47 }] })
    expect(incident(outage, stream('a/1', { since: 90_000_000 }))).toMatchObject({ lead: 'a/1', factors: [] })
  })
  it('is no outage of streams that were never on air before', () => {
    const outage = server('a', healed)
    const added = stream('a/2', { kind: 'slateOnAir', severity: 'major', since: 9_000, neverLive: true })
    expect(incident(outage, stream('a/1', { since: 9_000 }), added).factors).toMatchObject([{ kind: 'server', alarms: 1, isOver: true }])
    expect(incident(outage, added).factors).toEqual([])
  })
  it('is no outage that is over without evidence of its minute, its server and its streams', () => {
    const outage = server('a', { since: 3_000_000, healedAt: 3_060_000 })
    const isSaidOf = (alarm: Alarm, over = outage) =>
      incident(over, stream('a/0', { since: 3_050_000, healedAt: 3_061_000 }), alarm).factors.some(({ kind }) => kind === 'server')
    expect(isSaidOf(stream('a/1', { since: 3_000_000 }))).toBe(true)
    expect(isSaidOf(stream('a/1', { since: 3_059_000 }))).toBe(true)
    expect(isSaidOf(stream('a/1', { since: 3_061_000 }))).toBe(false)
    // A recording that stopped 37 minutes before it, a stream of another server, and one of a server whose password was mistyped.
    expect(isSaidOf(stream('a/1', { kind: 'limitCrossed', since: 3_000_000 - 37 * 60_000 }))).toBe(false)
    expect(isSaidOf(stream('b/1', { since: 3_000_000 }))).toBe(false)
    expect(isSaidOf(stream('a/1', { since: 3_000_000 }), { ...outage, kind: 'serverHalted' })).toBe(false)
    // Only those with evidence count.
    const mixed = incident(outage, stream('a/1', { since: 3_000_000 }), stream('b/1', { since: 3_000_000 }), stream('b/2', { since: 3_000_000 }))
    expect(mixed.factors).toMatchObject([{ kind: 'server', alarms: 1, isOver: true }])
  })
  it('"45 of 47 began within 3 s"', () => {
    const alike = { together: 47 }
    const streams = Array.from({ length: 45 }, (_, place) => stream(`a/${place}`, { since: place % 2 === 0 ? 0 : 2_400, alike }))
    expect(incident(...streams).factors).toEqual([{ kind: 'together', value: 'a', count: 45, of: 47, spanMs: 2_400 }])
  })
  it('is what most of them share, the most telling first, and no network where it is one address', () => {
    const from = origin({ address: '10.0.0.5', source: 'gate' })
    const alike = { address: 3, network: 3, source: 4 }
    const three = ['a/1', 'b/2', 'c/3'].map((name) => stream(name, { origin: from, alike }))
    expect(incident(...three).factors).toEqual([
      { kind: 'address', value: '10.0.0.5', count: 3, of: 3, spanMs: 0 },
      { kind: 'source', value: 'gate', count: 3, of: 4, spanMs: 0 },
    ])
    const near = [5, 6, 7].map((host) => stream(`a/${host}`, { origin: origin({ address: `10.0.0.${host}` }), alike: { network: 4 } }))
    expect(incident(...near).factors).toEqual([{ kind: 'network', value: '10.0.0.0/24', count: 3, of: 4, spanMs: 0 }])
  })
  it('is the same path on several servers', () => {
    const alike = { path: 2 }
    expect(incident(stream('a/studio', { alike }), stream('b/studio', { alike, since: 4_000 })).factors).toEqual([
      { kind: 'path', path: 'studio', servers: 2, spanMs: 4_000 },
    ])
  })
  it('counts a stream with two alarms once', () => {
    const alike = { path: 2 }
    const two = incident(stream('a/studio', { alike }), stream('a/studio', { id: 'loss', kind: 'packetsLost', alike }), stream('b/studio', { alike }))
    expect(two).toMatchObject({ streams: 2, factors: [{ kind: 'path', servers: 2 }], lasting: 3 })
    expect(incident(stream('a/1'), stream('a/1', { id: 'loss', kind: 'packetsLost' }))).toMatchObject({ streams: 1, factors: [] })
  })
  it('counts the readers of a stream with two alarms once', () => {
    const loss = (readers: number | null) => stream('a/1', { id: 'loss', kind: 'packetsLost', readers })
    expect(incident(stream('a/1', { readers: 31 }), loss(30), stream('a/2', { readers: 4 })).readers).toBe(35)
    expect(incident(stream('a/1', { readers: 31 }), loss(null)).readers).toBe(31)
  })
  it('is what ties the most, where one tied them to the next and most share nothing', () => {
    const names = ['a/1', 'a/2', 'a/3', 'b/3', 'b/4', 'b/5', 'c/5', 'c/6', 'c/7']
    const chained = names.map((name) => stream(name, { alike: { together: 3, ...(/[35]$/.test(name) && { path: 2 }) } }))
    expect(incident(...chained).factors).toEqual([
      { kind: 'together', value: 'a', count: 3, of: 3, spanMs: 0 },
      { kind: 'path', path: '3', servers: 2, spanMs: 0 },
    ])
  })
  it('is not claimed where nothing tied them by it', () => {
    const from = origin({ address: '10.0.0.5' })
    expect(incident(stream('a/1', { origin: from }), stream('a/2', { origin: from })).factors).toEqual([])
  })
  it('is that many servers went at once', () => {
    const alike = { servers: 4 }
    expect(incident(...['a', 'b', 'c'].map((id) => server(id, { alike, streams: 2 }))).factors).toEqual([
      { kind: 'servers', count: 3, of: 4, spanMs: 0 },
      { kind: 'server', servers: 3, streams: 6, alarms: 0 },
    ])
  })
})

describe('an incident that is well again', () => {
  it('is calm since the last of its alarms is, until it has healed', () => {
    expect(incident(stream('a/1', { calmSince: 7_000 }), stream('a/2', { calmSince: 9_000 }))).toMatchObject({ healedAt: null, calmSince: 9_000 })
    expect(incident(stream('a/1', { calmSince: 7_000 }), stream('a/2', { healedAt: 5_000 }))).toMatchObject({ healedAt: null, calmSince: 7_000 })
  })
  it('is not while one of its alarms is not', () => {
    expect(incident(stream('a/1', { calmSince: 7_000 }), stream('a/2')).calmSince).toBeUndefined()
    expect(incident(stream('a/1', { healedAt: 5_000 })).calmSince).toBeUndefined()
  })
})

describe('an incident of streams that come from others', () => {
  const from = (...names: readonly string[]): Pick<Alarm, 'upstreams'> => ({
    upstreams: names.map((name) => {
      const [serverId = '', path = ''] = name.split('/')
      return { serverId, serverName: serverId, path, by: 'pull' as const }
    }),
  })
  it('is that of what they come from, by the longest way there, whichever was seen first', () => {
    const { lead, factors, common } = incident(
      stream('c/1', from('b/1', 'a/1', 'z/1')),
      stream('b/1', { ...from('a/1', 'z/1'), since: 1_000 }),
      stream('a/1', { ...from('z/1'), since: 2_000, severity: 'major' }),
    )
    expect(lead).toBe('a/1')
    expect(factors).toEqual([
      { kind: 'upstream', count: 2, servers: 2, stream: { serverId: 'c', serverName: 'c', path: '1' }, upstreams: from('b/1', 'a/1').upstreams },
    ])
    expect(common).toEqual(incident(stream('a/1'), stream('a/2')).common)
  })
  it('says of several what these have in common first', () => {
    const alike = { alike: { together: 3 } }
    const lost = ['1', '2', '3'].map((path) => stream(`a/${path}`, { ...alike, since: 5_000 }))
    const { lead, factors } = incident(stream('b/1', from('a/1')), stream('b/2', from('a/2')), ...lost)
    expect(lead).toBe('a/1')
    expect(factors).toMatchObject([
      { kind: 'together', value: 'a', count: 3, of: 3, spanMs: 0 },
      { kind: 'upstream', count: 2, servers: 1 },
    ])
  })
  it('is that of their server where it is down', () => {
    expect(incident(server('a'), stream('b/1', from('a/1'))).factors).toMatchObject([
      { kind: 'server', alarms: 1 },
      { kind: 'upstream', count: 1 },
    ])
  })
  it('is that of those which last, once what they come from is back', () => {
    expect(incident(stream('a/1', healed), stream('b/1', { ...from('a/1'), since: 1_000 })).lead).toBe('b/1')
  })
  it('is that of those which are not well yet, as soon as what they come from is, although that waits for its off-delay', () => {
    const replicas = ['1', '2'].map((path) => stream(`b/${path}`, { ...from('a/1'), why: { kind: 'notBack' } }))
    expect(incident(stream('a/1', { severity: 'minor' }), ...replicas).lead).toBe('a/1')
    const calm = incident(stream('a/1', { severity: 'minor', calmSince: 7_000 }), ...replicas)
    expect(calm).toMatchObject({ lead: 'b/1', lasting: 3, streams: 2, factors: [], common: { kind: 'notBack' } })
    expect(calm.calmSince).toBeUndefined()
  })
  it('has a lead although they come from each other, and none of it where nothing else is hit', () => {
    expect(incident(stream('a/1', from('b/1')), stream('b/1', from('a/1'))).lead).toBe('a/1')
    expect(incident(stream('b/1', from('a/1')), stream('b/2', from('a/2'))).factors).toEqual([])
  })
})
