import { describe, expect, it } from 'vitest'
import { someAlarm } from '../../shared/alarms.fixture.ts'
import type { Alarm, AlarmChange, StreamOrigin, Upstream } from '../../shared/alarms.ts'
import type { EventKind } from '../../shared/events.ts'
import type { AlarmSubject } from '../../shared/subjectNames.ts'
import { hostSubject, ownerIdOf, probeSubject, serverSubject, streamSubject } from '../../shared/subjectNames.ts'
import { type AlarmRecord, type ChangedAlarm, changedBy, closed, onsetOf } from './alarmLife.ts'
import type { Pending } from './evaluateOwner.ts'
import type { Surroundings } from './joinIncidents.ts'
import { IncidentJoiner } from './joinIncidents.ts'
import { OpenAlarms } from './openAlarms.ts'

const origin = (change: Partial<StreamOrigin>): StreamOrigin => ({ address: null, agent: null, source: null, ...change })
const recordOf = ({ state: _, ...record }: Alarm): AlarmRecord => record

const placeIn = (name: string) => {
  const [serverId = '', path = ''] = name.split('/')
  return { serverId, path }
}
/** Alarms that come one poll after the other. `origins`: by path; `live`: of streams that stay on air, or were `until` then, by server. */
function joining(
  around: {
    readonly origins?: Readonly<Record<string, StreamOrigin>>
    readonly live?: Readonly<Record<string, readonly (StreamOrigin & { readonly path?: string; readonly until?: number })[]>>
    /** What each `server/path` comes from. */
    readonly feeds?: Readonly<Record<string, string>>
    /** How many streams of each server were live before. */
    readonly before?: Readonly<Record<string, number>>
    /** How many were live at the poll that missed the first of them. */
    readonly after?: Readonly<Record<string, number>>
    /** Those that were never on air, as `server/path`. */
    readonly fresh?: readonly string[]
    /** The `server/path` that each probe reads. */
    readonly probes?: Readonly<Record<string, string>>
  } = {},
  hosts: Readonly<Record<string, string>> = { a: 'a.example.org', b: 'b.example.org', c: 'c.example.org' },
) {
  const { origins = {}, live = {}, feeds = {}, before = {}, after = {}, fresh = [], probes = {} } = around
  const open = new OpenAlarms()
  let looks = 0
  let pendingChecks = 0
  const pending = new Map<string, Map<string, Pending>>()
  const upstreamsOf = (name: string): readonly Upstream[] => {
    const from = feeds[name]
    return from === undefined ? [] : [{ ...placeIn(from), serverName: placeIn(from).serverId, by: 'pull' }, ...upstreamsOf(from)]
  }
  const surroundings: Surroundings = {
    originOf: (_, path) => origins[path] ?? null,
    wasSeen: (serverId, path) => !fresh.includes(`${serverId}/${path}`),
    liveOn: (serverId) => live[serverId]?.filter(({ until }) => until === undefined).length ?? 0,
    liveThen: (serverId) => (before[serverId] === undefined ? null : { live: before[serverId], next: after[serverId] ?? null }),
    eachLive: (visit) => {
      looks++
      for (const streams of Object.values(live)) for (const stream of streams) visit(stream, stream.path ?? '', stream.until ?? Number.POSITIVE_INFINITY)
    },
    serverHosts: () => Object.entries(hosts),
    upstreams: () => (serverId, path) => upstreamsOf(`${serverId}/${path}`),
    probed: () => new Map(Object.entries(probes).map(([id, name]) => [id, placeIn(name)])),
    pendingOf: (serverId) => {
      pendingChecks++
      return pending.get(serverId) ?? new Map()
    },
    machines: () => [
      ['machine of a', 'a'],
      ['machine of a', 'a beside'],
    ],
  }
  const start = (now: number) => new IncidentJoiner(open, surroundings, now)
  let joiner = start(0)
  const take = (changed: readonly ChangedAlarm[], at: number) => {
    const placed = joiner.join(changed, at)
    for (const { alarm } of placed) open.put(alarm)
    return placed.map(({ alarm }) => alarm.incident)
  }
  const raised = (alarm: Alarm, at: number): ChangedAlarm => ({
    alarm: recordOf({ ...alarm, raisedAt: at }),
    changes: [{ kind: 'raised', at, ...onsetOf(alarm) }],
  })
  const change = (id: string, at: number, ...changes: readonly AlarmChange[]) => {
    const alarm = open.get(id) ?? expect.fail(`${id} is open`)
    return take([changedBy(alarm, changes)], at)
  }
  /** The same of streams that are seen to be gone only now. */
  const goSince = (since: number, at: number, ...names: readonly string[]) =>
    take(
      names.map((name) => {
        const { serverId, path } = placeIn(name)
        return raised(someAlarm({ id: name, subject: streamSubject(serverId, path), serverName: serverId, since }), at)
      }),
      at,
    )
  return {
    open,
    /** Streams that are lost, for less than their rule waits. */
    lose: (at: number, ...names: readonly string[]) => {
      for (const { serverId, path } of names.map(placeIn))
        pending.set(serverId, (pending.get(serverId) ?? new Map<string, Pending>()).set(`air ${path}`, { onset: at, since: at }))
    },
    looks: () => looks,
    pendingChecks: () => pendingChecks,
    restart: (at: number) => {
      joiner = start(at)
    },
    /** Streams go: `server/path`. Returns the incident of each. */
    go: (at: number, ...names: readonly string[]) => goSince(at, at, ...names),
    goSince,
    /** A server is seen to be down. */
    down: (at: number, ...ids: readonly string[]) =>
      take(
        ids.map((id) => raised(someAlarm({ id, kind: 'serverDown', subject: serverSubject(id), serverName: id, since: at }), at)),
        at,
      ),
    /** A machine can't be reached. */
    machineDown: (at: number, id: string) => take([raised(someAlarm({ id, kind: 'hostDown', subject: hostSubject(id), serverName: id, since: at }), at)], at),
    /** The certificate of a server is about to expire. */
    expires: (at: number, serverId: string) => {
      const limit = { kind: 'limitCrossed', rule: 'certificateExpiring', subject: serverSubject(serverId) } as const
      return take([raised(someAlarm({ id: `${serverId} expires`, since: at, ...limit }), at)], at)
    },
    /** An event of a server. */
    happens: (at: number, serverId: string, rule: EventKind) => take([raised(happened(serverSubject(serverId), rule, at), at)], at),
    happensOn: (at: number, name: string, rule: EventKind) => {
      const { serverId, path } = placeIn(name)
      return take([raised({ ...happened(streamSubject(serverId, path), rule, at), id: `${name} ${rule}` }, at)], at)
    },
    happensUnder: (at: number, hostId: string, rule: EventKind) => take([raised(happened(hostSubject(hostId), rule, at), at)], at),
    /** Streams of a server are missed together. */
    miss: (at: number, serverId: string, ...paths: readonly string[]) => {
      const why = { kind: 'streamsLost' as const, lost: paths.length, of: paths.length, isReturn: true, paths: [...paths] }
      return take(
        [raised(someAlarm({ id: `${serverId} misses`, kind: 'streamsLost', severity: 'major', subject: serverSubject(serverId), since: at, why }), at)],
        at,
      )
    },
    /** A stream loses packets. */
    losePackets: (at: number, name: string) => {
      const [serverId = '', path = ''] = name.split('/')
      return take(
        [raised(someAlarm({ id: `${name} loss`, kind: 'packetsLost', severity: 'minor', subject: streamSubject(serverId, path), since: at }), at)],
        at,
      )
    },
    /** A stream is seen to flap. Since when, is long ago. */
    flap: (at: number, name: string) => {
      const [serverId = '', path = ''] = name.split('/')
      const about = { kind: 'flapping', rule: 'streamFlapping', subject: streamSubject(serverId, path) } as const
      return take([raised(someAlarm({ id: `${name} flaps`, severity: 'minor', since: at - 1_200_000, ...about }), at)], at)
    },
    /** A probe can't read its stream, or finds something in what it reads. */
    probeDown: (at: number, probeId: string) => {
      const why = { kind: 'probeDown', error: { kind: 'notFound' } } as const
      const about = { kind: 'limitCrossed', rule: 'probeDown', subject: probeSubject(probeId), serverName: probeId, severity: 'major', why } as const
      return take([raised(someAlarm({ id: probeId, since: at, ...about }), at)], at)
    },
    probeFinds: (at: number, probeId: string) => {
      const about = { kind: 'limitCrossed', rule: 'pictureFrozen', subject: probeSubject(probeId), serverName: probeId, severity: 'major' } as const
      return take([raised(someAlarm({ id: `${probeId} frozen`, since: at, ...about }), at)], at)
    },
    /** A figure of streams crosses the limit of a rule. */
    cross: (at: number, about: Pick<Alarm, 'kind' | 'severity'> & { readonly rule: string }, ...names: readonly string[]) =>
      take(
        names.map((name) => {
          const { serverId, path } = placeIn(name)
          return raised(someAlarm({ id: `${name} ${about.rule}`, subject: streamSubject(serverId, path), since: at, ...about }), at)
        }),
        at,
      ),
    heal: (at: number, id: string) => change(id, at, { kind: 'healed', at }),
    close: (at: number, id: string) => change(id, at, { kind: 'healed', at }, closed(at, 'healed')),
    /** Back to normal, in its off-delay. */
    calm: (at: number, id: string) => {
      const alarm = open.get(id) ?? expect.fail(`${id} is open`)
      open.put({ ...alarm, calmSince: at })
    },
    comeBack: (at: number, id: string) => {
      const alarm = open.get(id) ?? expect.fail(`${id} is open`)
      return take(
        [changedBy({ ...alarm, since: at }, [{ kind: 'returned', at, since: at, why: { kind: 'noAnswer' }, trouble: 'streamGone', severity: 'critical' }])],
        at,
      )
    },
  }
}
function happened(subject: Exclude<AlarmSubject, { kind: 'console' }>, event: EventKind, at: number): Alarm {
  const why = { kind: 'happened', event: { kind: event, at, subject, ownerName: null, facts: {} } } as const
  return someAlarm({ id: `${ownerIdOf(subject)} ${event}`, kind: 'happened', rule: event, subject, since: at, why })
}
const named = (path: string) => [{ ...origin({}), path }]
const onAir = (count: number, change: Partial<StreamOrigin> = {}) => Array.from({ length: count }, () => origin(change))

describe('an alarm by itself', () => {
  it('founds an incident with its own id', () => {
    expect(joining({ live: { a: onAir(10) } }).go(0, 'a/1')).toEqual(['a/1'])
  })
  it('joins nothing that is alike by chance: others of the server stay on air, and each came from elsewhere', () => {
    const { go } = joining({ live: { a: onAir(10) }, origins: { 1: origin({ address: '10.0.0.1' }), 2: origin({ address: '10.9.0.1' }) } })
    go(0, 'a/1')
    expect(go(1_000, 'a/2')).toEqual(['a/2'])
  })
})

describe('a stream that flaps', () => {
  it('is the incident of its being gone, whichever is seen first', () => {
    const gone = joining({ live: { a: onAir(10) } })
    gone.go(0, 'a/1')
    expect(gone.flap(300_000, 'a/1')).toEqual(['a/1'])
    gone.close(400_000, 'a/1')
    expect(gone.go(900_000, 'a/1')).toEqual(['a/1'])
    const flaps = joining({ live: { a: onAir(10) } })
    flaps.flap(0, 'a/1')
    expect(flaps.go(300_000, 'a/1')).toEqual(['a/1 flaps'])
  })
  it('has nothing to do with another one, nor with an outage that was over long before', () => {
    const { go, flap, heal } = joining({ live: { a: onAir(10) } })
    go(0, 'a/1')
    expect(flap(300_000, 'a/2')).toEqual(['a/2 flaps'])
    heal(300_000, 'a/1')
    expect(flap(600_000, 'a/1')).toEqual(['a/1 flaps'])
  })
})

describe('the streams of a server', () => {
  it('are one incident when at least half of those on air, and three, began within 3 s, and their number is kept', () => {
    const { go, open } = joining({ live: { a: onAir(2) } })
    expect(new Set(go(0, 'a/1', 'a/2', 'a/3'))).toEqual(new Set(['a/1']))
    expect(open.get('a/2')?.alike).toEqual({ together: 5 })
    expect(go(2_000, 'a/4')).toEqual(['a/1'])
    expect(open.get('a/4')?.alike).toEqual({ together: 6 })
  })
  it('count once, also where their alarms are raised anew, as those of a rule that is entered again', () => {
    const { go, close, open } = joining()
    for (const again of ['', '/again', '/and again']) {
      go(1_000, `a/1${again}`, `a/2${again}`, `a/3${again}`)
      expect(open.get(`a/3${again}`)?.alike).toEqual({ together: 3 })
      for (const path of [1, 2, 3]) close(1_000, `a/${path}${again}`)
    }
  })
  it('are several incidents where they are two, where they began later, and where few of many went', () => {
    expect(new Set(joining().go(0, 'a/1', 'a/2')).size).toBe(2)
    const later = joining()
    later.go(0, 'a/1', 'a/2', 'a/3')
    expect(later.go(4_000, 'a/4')).toEqual(['a/4'])
    expect(new Set(joining({ live: { a: onAir(7) } }).go(0, 'a/1', 'a/2', 'a/3')).size).toBe(3)
  })
  it('are one incident also where fewer than half went, if that would be too many faults at once, and it says of how many', () => {
    const { go, open } = joining({ live: { a: onAir(7) } })
    expect(new Set(go(0, 'a/1', 'a/2', 'a/3', 'a/4', 'a/5', 'a/6'))).toEqual(new Set(['a/1']))
    expect(open.get('a/6')?.alike).toEqual({ together: 13 })
    expect(new Set(joining({ live: { a: onAir(90) } }).go(0, ...Array.from({ length: 10 }, (_, place) => `a/${place}`))).size).toBe(1)
    expect(new Set(joining({ live: { a: onAir(91) } }).go(0, ...Array.from({ length: 10 }, (_, place) => `a/${place}`))).size).toBe(10)
  })
  it('are as many incidents as addresses, networks and sources that went, where these are two', () => {
    const from = (address: string) => origin({ address })
    const origins = { 1: from('10.0.0.1'), 2: from('10.0.0.1'), 3: from('10.0.0.1'), 4: from('10.9.0.1'), 5: from('10.9.0.1'), 6: from('10.9.0.1') }
    const { go } = joining({ origins, live: { a: onAir(7) } })
    expect(go(0, 'a/1', 'a/2', 'a/3', 'a/4', 'a/5', 'a/6')).toEqual(['a/1', 'a/1', 'a/1', 'a/4', 'a/4', 'a/4'])
    const encoders = { ...origins, 5: from('10.8.0.1'), 6: from('10.8.0.1') }
    expect(new Set(joining({ origins: encoders, live: { a: onAir(3) } }).go(0, 'a/1', 'a/2', 'a/3', 'a/4', 'a/5', 'a/6'))).toEqual(new Set(['a/1']))
  })
  it('are one from the first on, where the others are seen a poll later', () => {
    const { go, lose } = joining({ live: { a: onAir(7) } })
    lose(2_000, 'a/3', 'a/4', 'a/5', 'a/6')
    expect(go(0, 'a/1', 'a/2')).toEqual(['a/1', 'a/1'])
    const apart = joining({ live: { a: onAir(7) } })
    apart.lose(4_000, 'a/3', 'a/4', 'a/5', 'a/6')
    expect(apart.go(0, 'a/1', 'a/2')).toEqual(['a/1', 'a/2'])
  })
  it('are not tied to what went at the same moment with what it is pulled from', () => {
    const { go } = joining({ live: { a: onAir(7), b: onAir(7) }, feeds: { 'a/1': 'b/1', 'a/2': 'b/2', 'a/3': 'b/3', 'a/4': 'b/4' } })
    go(0, 'b/1', 'b/2', 'b/3', 'b/4')
    expect(go(1_000, 'a/1', 'a/2', 'a/3', 'a/4', 'a/5')).toEqual(['b/1', 'b/1', 'b/1', 'b/1', 'a/5'])
  })
  it('join the outage of their server in which they went, as long as anything of it lasts, also when its alarm is closed', () => {
    const { down, go, goSince, close } = joining({ live: { a: onAir(100) } })
    down(0, 'a')
    expect(go(1_000, 'a/1')).toEqual(['a'])
    expect(go(1_000, 'b/9')).toEqual(['b/9'])
    close(20_000, 'a')
    expect(goSince(19_000, 70_000, 'a/2')).toEqual(['a'])
    close(71_000, 'a/1')
    close(71_000, 'a/2')
  })
  it('are one incident of their own where they were lost in an outage that is over when this is seen', () => {
    const { down, go, goSince, close } = joining({ live: { a: onAir(100) } })
    down(0, 'a')
    close(20_000, 'a')
    expect(goSince(1_000, 40_000, 'a/1', 'a/2')).toEqual(['a/1', 'a/1'])
    expect(goSince(19_000, 50_000, 'a/3')).toEqual(['a/1'])
    expect(go(51_000, 'a/4')).toEqual(['a/4'])
  })
  it('do not join an outage that is over or waits for its off-delay, nor one long after they went', () => {
    const { down, go, goSince, calm, heal } = joining({ live: { a: onAir(100) } })
    down(600_000, 'a')
    expect(goSince(500_000, 601_000, 'a/1')).toEqual(['a/1'])
    calm(690_000, 'a')
    expect(go(691_000, 'a/2')).toEqual(['a/2'])
    heal(700_000, 'a')
    expect(go(728_000, 'a/3')).toEqual(['a/3'])
  })
  it('that did not return with it are in the incident of the one of them that is told by itself', () => {
    const { go, miss, heal } = joining()
    go(10_000, 'a/1')
    expect(miss(50_000, 'a', '1', '2')).toEqual(['a/1'])
    heal(60_000, 'a/1')
    heal(60_000, 'a misses')
    const other = joining()
    other.go(10_000, 'b/1')
    expect(other.miss(50_000, 'a', '1', '2')).toEqual(['a misses'])
  })
  it('leave the outage in which they went before when they return after it', () => {
    const { down, goSince, heal, comeBack } = joining({ live: { a: onAir(100) } })
    down(0, 'a')
    goSince(1_000, 20_000, 'a/1', 'a/2')
    heal(20_000, 'a')
    heal(30_000, 'a/1')
    expect(comeBack(50_000, 'a/1')).toEqual(['a/1'])
  })
  it('begin the incident of their server that is seen to be down within 10 s, unless it is mostly of others', () => {
    const before = joining({ live: { a: onAir(100) } })
    before.go(0, 'a/1')
    expect(before.down(9_000, 'a')).toEqual(['a/1'])
    const late = joining({ live: { a: onAir(100) } })
    late.go(0, 'a/1')
    expect(late.down(11_000, 'a')).toEqual(['a'])
    const shared = joining()
    shared.go(0, 'a/1', 'b/1', 'c/1')
    expect(shared.down(5_000, 'a')).toEqual(['a'])
    const flapping = joining({ live: { a: onAir(100) } })
    flapping.flap(0, 'a/1')
    flapping.go(500_000, 'a/1')
    expect(flapping.down(505_000, 'a')).toEqual(['a'])
  })
  it('are told of how many were on air before the first of them went', () => {
    const { go, open } = joining({ live: { a: onAir(5) }, before: { a: 20 } })
    go(0, ...Array.from({ length: 12 }, (_, place) => `a/${place}`))
    expect(open.get('a/11')?.alike).toEqual({ together: 20 })
  })
})

describe('streams that went with at least half of their server', () => {
  it('are one incident however many of those are back when they are told, as after a restart', () => {
    const { goSince, open } = joining({ live: { a: onAir(96) }, before: { a: 100 }, after: { a: 2 } })
    expect(goSince(0, 20_000, 'a/1')).toEqual(['a/1'])
    expect(goSince(1_000, 60_000, 'a/2')).toEqual(['a/1'])
    expect(open.get('a/2')?.alike).toEqual({ together: 100 })
    expect(goSince(30_000, 61_000, 'a/3')).toEqual(['a/3'])
  })
  it('are not if few went, or a few of few', () => {
    const few = joining({ live: { a: onAir(98) }, before: { a: 100 }, after: { a: 97 } })
    expect(few.goSince(0, 20_000, 'a/1', 'a/2')).toEqual(['a/1', 'a/2'])
    const small = joining({ live: { a: onAir(1) }, before: { a: 3 }, after: { a: 1 } })
    expect(small.goSince(0, 20_000, 'a/1', 'a/2')).toEqual(['a/1', 'a/2'])
  })
})

describe('streams that were never on air before', () => {
  it('are nothing that an outage left, also where they are seen with its end, nor are they part of it', () => {
    const { down, goSince, calm, close, open } = joining({ live: { a: onAir(9) }, fresh: ['a/new'] })
    down(0, 'a')
    calm(14_000, 'a')
    expect(goSince(14_000, 20_000, 'a/old')).toEqual(['a'])
    expect(goSince(14_000, 20_000, 'a/new')).toEqual(['a/new'])
    expect(open.get('a/new')?.neverLive).toBe(true)
    close(80_000, 'a')
    expect(goSince(14_000, 90_000, 'a/new')).toEqual(['a/new'])
  })
  it('count beside those that were, and are as many as there are', () => {
    const { go, open } = joining({ live: { a: onAir(3) }, before: { a: 2 }, fresh: ['a/1', 'a/2', 'a/3'] })
    go(0, 'a/1', 'a/2', 'a/3')
    expect(open.get('a/3')?.alike).toEqual({ together: 6 })
    const some = joining({ before: { a: 5 }, fresh: ['a/3'] })
    some.go(0, 'a/1', 'a/2', 'a/3')
    expect(some.open.get('a/3')?.alike).toEqual({ together: 6 })
  })
})

describe('what streams have in common', () => {
  it('the same path on several servers within 10 s is one incident where at least half of the servers that had it lose it', () => {
    const { go, open } = joining({ live: { a: onAir(9), b: onAir(9) } })
    go(0, 'a/studio')
    expect(go(9_000, 'b/studio')).toEqual(['a/studio'])
    expect(open.get('b/studio')?.alike).toEqual({ path: 2 })
    expect(go(20_000, 'c/studio')).toEqual(['c/studio'])
    const half = joining({ live: { a: onAir(9), d: named('studio'), e: named('studio') } })
    half.go(0, 'a/studio')
    expect(half.go(1_000, 'b/studio')).toEqual(['a/studio'])
    expect(half.open.get('b/studio')?.alike).toEqual({ path: 4 })
    const fewer = joining({ live: { a: onAir(9), d: named('studio'), e: named('studio'), f: named('studio') } })
    fewer.go(0, 'a/studio')
    expect(fewer.go(1_000, 'b/studio')).toEqual(['b/studio'])
  })
  it('of 60 servers that each have a path of the same name, two that lose it 20 s apart, or within a second, are two incidents', () => {
    const cams = Object.fromEntries(Array.from({ length: 58 }, (_, place) => [`pi${place + 3}`, named('cam')]))
    const { go } = joining({ live: { pi1: [], pi2: [], ...cams } })
    expect(go(0, 'pi1/cam')).toEqual(['pi1/cam'])
    expect(go(20_000, 'pi2/cam')).toEqual(['pi2/cam'])
    expect(go(20_500, 'pi3/cam')).toEqual(['pi3/cam'])
  })
  it.each(['address', 'source', 'network'] as const)('the same %s is, where at least half of what had it is hit', (kind) => {
    const at = (place: number) => origin(kind === 'network' ? { address: `10.0.0.${place}` } : { [kind]: '10.0.0.9' })
    const origins = { 1: at(1), 2: at(2), 3: at(3) }
    const half = joining({ origins, live: { a: [...onAir(50), at(4), at(5), at(6)] } })
    expect(new Set(half.go(0, 'a/1', 'b/2', 'c/3')).size).toBe(1)
    expect(half.open.get('c/3')?.alike?.[kind]).toBe(6)
    const fewer = joining({ origins, live: { a: [...onAir(50), at(4), at(5), at(6), at(7)] } })
    expect(new Set(fewer.go(0, 'a/1', 'b/2', 'c/3')).size).toBe(3)
  })
  it.each(['address', 'source', 'network'] as const)('of streams with the same %s it counts those of the moment before the first loss', (kind) => {
    const change = kind === 'network' ? { address: '10.0.0.8' } : { [kind]: '10.0.0.9' }
    const origins = Object.fromEntries(Array.from({ length: 12 }, (_, place) => [place, origin(change)]))
    const lost = Array.from({ length: 12 }, (_, place) => ({ ...origin(change), until: 60_000, path: `${place}` }))
    // Three went with them, and nobody expects them; one had gone long before.
    const others = [0, 1_000, 3_000].map((later) => ({ ...origin(change), until: 60_000 + later }))
    const { goSince, open } = joining({
      origins,
      live: { a: [...onAir(5, change), ...others, ...lost], b: [{ ...origin(change), until: 10_000 }, ...onAir(50)] },
    })
    expect(new Set(goSince(60_000, 66_000, ...lost.map(({ path }) => `${Number(path) % 2 === 0 ? 'a' : 'b'}/${path}`))).size).toBe(1)
    expect(open.get('b/11')?.alike?.[kind]).toBe(20)
  })
  it('a loopback address is none of several servers', () => {
    const { go } = joining({ origins: { 1: origin({ address: '127.0.0.1' }), 2: origin({ address: '127.0.0.1' }) }, live: { a: onAir(9), b: onAir(9) } })
    go(0, 'a/1')
    expect(go(0, 'b/2')).toEqual(['b/2'])
  })
  it('a stream that is pulled from a watched server that is down is explained by that', () => {
    const { down, go } = joining({ origins: { 1: origin({ source: 'a.example.org' }) }, live: { b: onAir(9) } })
    down(0, 'a')
    expect(go(5_000, 'b/1')).toEqual(['a'])
  })
  it('many servers that go at once are one incident, unless they are on this machine, or others go on', () => {
    const { down } = joining()
    expect(new Set(down(0, 'a', 'b', 'c'))).toEqual(new Set(['a']))
    expect(joining({}, { a: 'localhost', b: '127.0.0.1', c: '[::1]' }).down(0, 'a', 'b', 'c')).toEqual(['a', 'b', 'c'])
    expect(joining({}, { a: 'a', b: 'b', c: 'c', d: 'd', e: 'e', f: 'f', g: 'g' }).down(0, 'a', 'b', 'c')).toEqual(['a', 'b', 'c'])
  })
})

describe('what holds an incident together', () => {
  const paths = (serverId: string, count: number, first = 0) => Array.from({ length: count }, (_, place) => `${serverId}/${first + place}`)
  it('is one thing that most of it share: the path of one does not tie all of its server to those of another', () => {
    const { go } = joining()
    const all = go(0, ...paths('a', 20), ...paths('b', 20, 19), ...paths('c', 20, 38))
    expect(all).toEqual([...all.slice(0, 20).fill('a/0'), ...all.slice(20, 40).fill('b/19'), ...all.slice(40).fill('c/38')])
  })
  it('is not the address of one, nor what was seen to be alike in an earlier poll', () => {
    const from = origin({ address: '10.0.0.5' })
    const { go } = joining({ origins: { 0: from, 90: from, 91: from } })
    go(0, ...paths('a', 20))
    expect(go(2_000, 'b/90')).toEqual(['b/90'])
    expect(go(4_000, 'c/91')).toEqual(['b/90'])
  })
  it('is the path of it on all of its servers, though others of one of them went with it', () => {
    const { go } = joining({ live: { a: onAir(9), b: onAir(9), c: onAir(9) } })
    go(0, 'a/studio')
    expect(go(2_000, 'b/studio')).toEqual(['a/studio'])
    expect(go(4_000, 'c/studio')).toEqual(['a/studio'])
  })
  it('leaves out what a server or another stream explains', () => {
    const feeds = Object.fromEntries(['b', 'c'].flatMap((server) => paths(server, 3).map((name) => [name, name.replace(/^./, 'a')])))
    const { go } = joining({ feeds, live: { a: onAir(1) } })
    expect(go(0, 'a/0')).toEqual(['a/0'])
    go(1_000, 'b/0', 'c/0')
    expect(new Set(go(2_000, ...paths('a', 4, 1)))).toEqual(new Set(['a/0']))
  })
})

describe('a stream that comes from another one, as the configurations say', () => {
  const feeds = { 'b/door': 'a/studio', 'c/yard': 'b/door', 'c/hall': 'a/studio' }
  const live = { a: onAir(9), b: onAir(9), c: onAir(9) }
  it('is the incident of that, over several steps, however long that has been gone, and says what it came from', () => {
    const { go, open } = joining({ feeds, live })
    go(0, 'a/studio')
    expect(go(500_000, 'c/yard')).toEqual(['a/studio'])
    expect(open.get('c/yard')?.upstreams?.map(({ serverId, path }) => `${serverId}/${path}`)).toEqual(['b/door', 'a/studio'])
    expect(go(500_000, 'c/gate', 'b/studio2')).toEqual(['c/gate', 'b/studio2'])
  })
  it('is so if it went before that was back', () => {
    const { go, goSince, heal } = joining({ feeds, live })
    go(0, 'a/studio', 'b/other')
    heal(10_000, 'a/studio')
    expect(goSince(9_000, 20_000, 'b/door')).toEqual(['b/door'])
    const lasting = joining({ feeds, live })
    lasting.go(0, 'a/studio')
    lasting.calm(10_000, 'a/studio')
    expect(lasting.goSince(9_000, 12_000, 'b/door')).toEqual(['a/studio'])
    expect(lasting.go(13_000, 'c/hall')).toEqual(['c/hall'])
  })
  it('begins the incident of that where it is seen first, and of whatever else comes from there', () => {
    const { go, lose } = joining({ feeds, live })
    expect(go(0, 'c/yard')).toEqual(['c/yard'])
    lose(2_000, 'a/studio')
    expect(go(4_000, 'c/hall')).toEqual(['c/yard'])
    expect(go(8_000, 'a/studio')).toEqual(['c/yard'])
    expect(go(9_000, 'b/door')).toEqual(['c/yard'])
  })
  it('has nothing to do with another one from there while that is well, nor with that when it goes later', () => {
    const { go } = joining({ feeds, live })
    expect(go(0, 'b/door')).toEqual(['b/door'])
    expect(go(4_000, 'c/hall')).toEqual(['c/hall'])
    expect(go(40_000, 'a/studio')).toEqual(['a/studio'])
  })
  it('is explained by the outage of any server on its way, also of one that is seen to be down a moment later', () => {
    const before = joining({ feeds, live })
    before.down(0, 'a')
    expect(before.go(5_000, 'c/yard')).toEqual(['a'])
    const after = joining({ feeds, live })
    after.go(0, 'c/yard')
    expect(after.down(9_000, 'a')).toEqual(['c/yard'])
    const late = joining({ feeds, live })
    late.go(0, 'c/yard')
    expect(late.down(11_000, 'a')).toEqual(['a'])
  })
  it('is known after a restart of the console', () => {
    const { go, restart } = joining({ feeds, live })
    go(0, 'c/yard')
    restart(5_000)
    expect(go(6_000, 'a/studio')).toEqual(['c/yard'])
  })
})

describe('an incident that is over', () => {
  it('is left by an alarm that returns later than a minute after, and kept by one that returns sooner', () => {
    const { go, heal, comeBack } = joining()
    go(0, 'a/1', 'a/2', 'a/3')
    for (const id of ['a/1', 'a/2', 'a/3']) heal(10_000, id)
    expect(comeBack(30_000, 'a/2')).toEqual(['a/1'])
    heal(40_000, 'a/2')
    const [again] = comeBack(200_000, 'a/2')
    expect(['a/1', 'a/2']).not.toContain(again)
  })
  it('is another one, with an identity of its own, where the same alarm returns alone after its end was told', () => {
    const { go, heal, comeBack } = joining({ live: { a: onAir(100) } })
    expect(go(0, 'a/1')).toEqual(['a/1'])
    heal(30_000, 'a/1')
    expect(comeBack(100_000, 'a/1')).toEqual(['a/1'])
    heal(110_000, 'a/1')
    expect(comeBack(201_000, 'a/1')).not.toEqual(['a/1'])
  })
})

describe('several alarms of one stream', () => {
  it('are one incident as long as the first lasts, if that is as bad, however long it has been so', () => {
    const { losePackets, go, heal } = joining({ live: { a: onAir(100) } })
    go(0, 'a/1')
    expect(losePackets(3_600_000, 'a/1')).toEqual(['a/1'])
    go(4_000_000, 'a/2')
    heal(4_010_000, 'a/2')
    expect(losePackets(4_020_000, 'a/2')).toEqual(['a/2 loss'])
  })
  it('are two where the stream is lost later: that is an outage of its own', () => {
    const { losePackets, go } = joining({ live: { a: onAir(100) } })
    losePackets(0, 'a/1')
    expect(go(61_000, 'a/1')).toEqual(['a/1'])
  })
  it('are two where the later one is worse and the incident is of others too, after which it is called', () => {
    const rate = { kind: 'limitCrossed', rule: 'bitrateLow', severity: 'minor' } as const
    const { cross } = joining({ live: { a: onAir(3) } })
    expect(new Set(cross(0, rate, 'a/1', 'a/2', 'a/3')).size).toBe(1)
    expect(cross(30_000, { ...rate, rule: 'mute', severity: 'critical' }, 'a/2')).toEqual(['a/2 mute'])
    expect(cross(30_000, { ...rate, rule: 'quiet' }, 'a/3')).toEqual(['a/1 bitrateLow'])
    const alone = joining({ live: { a: onAir(30) } })
    alone.cross(0, rate, 'a/1')
    expect(alone.cross(30_000, { ...rate, rule: 'mute', severity: 'critical' }, 'a/1')).toEqual(['a/1 bitrateLow'])
  })
  it('are not where it began a minute later with others, which explain it better', () => {
    const { losePackets, go } = joining({ live: { a: onAir(2) } })
    losePackets(0, 'a/1')
    expect(go(61_000, 'a/1', 'a/2', 'a/3')).toEqual(['a/1', 'a/1', 'a/1'])
  })
  it('are not that of an event, which was over at once, unless it began within a minute', () => {
    const { happensOn, go } = joining({ live: { a: onAir(100) } })
    happensOn(0, 'a/1', 'publisherChanged')
    happensOn(0, 'a/2', 'publisherChanged')
    expect(go(59_000, 'a/1')).toEqual(['a/1 publisherChanged'])
    expect(go(61_000, 'a/2')).toEqual(['a/2'])
  })
})

describe('alarms of a server itself', () => {
  it('that began within a minute are one incident, as a restart with another version', () => {
    const { happens } = joining()
    happens(0, 'a', 'serverRestarted')
    expect(happens(0, 'a', 'serverUpgraded')).toEqual(['a serverRestarted'])
    expect(happens(1_000, 'b', 'serverRestarted')).toEqual(['b serverRestarted'])
    expect(happens(70_000, 'a', 'certificateChanged')).toEqual(['a certificateChanged'])
  })
  it('that began later are incidents of their own: that a certificate expires is not why it goes', () => {
    const { expires, down } = joining()
    expires(0, 'a')
    expect(down(61_000, 'a')).toEqual(['a'])
  })
  it('do not take its streams with them, unless it is down', () => {
    const { happens, go } = joining({ live: { a: onAir(100) } })
    happens(0, 'a', 'serverUpgraded')
    expect(go(5_000, 'a/1')).toEqual(['a/1'])
  })
})

describe('a machine and the server on it', () => {
  it('that go within a minute are one incident, whichever is seen first', () => {
    const first = joining()
    first.down(0, 'a')
    expect(first.machineDown(40_000, 'machine of a')).toEqual(['a'])
    const second = joining()
    second.machineDown(0, 'machine of a')
    expect(second.down(40_000, 'a')).toEqual(['machine of a'])
    expect(second.down(41_000, 'b')).toEqual(['b'])
  })
  it('that begin anew within a minute are one incident, also while one of them is still gone', () => {
    const { happens, happensUnder, down } = joining()
    happens(0, 'a', 'serverRestarted')
    expect(happensUnder(8_000, 'machine of a', 'mediaServerRestarted')).toEqual(['a serverRestarted'])
    expect(happensUnder(9_000, 'machine of a', 'hostRestarted')).toEqual(['a serverRestarted'])
    const other = joining()
    other.down(0, 'a')
    expect(other.happensUnder(20_000, 'machine of a', 'hostRestarted')).toEqual(['a'])
    expect(other.happensUnder(20_000, 'machine of b', 'hostRestarted')).toEqual(['machine of b hostRestarted'])
    expect(down(20_000, 'b')).toEqual(['b'])
  })
  it('have one incident for the restarts of its servers, before the machine itself is read', () => {
    const { happens } = joining()
    happens(0, 'a', 'serverRestarted')
    expect(happens(1_000, 'a beside', 'serverRestarted')).toEqual(['a serverRestarted'])
    expect(happens(2_000, 'b', 'serverRestarted')).toEqual(['b serverRestarted'])
  })
  it('are two incidents if one of them went long before, or is back', () => {
    const { machineDown, down } = joining()
    machineDown(0, 'machine of a')
    expect(down(61_000, 'a')).toEqual(['a'])
    const other = joining()
    other.down(0, 'a')
    other.heal(5_000, 'a')
    expect(other.machineDown(6_000, 'machine of a')).toEqual(['machine of a'])
  })
})

describe('a restarted console', () => {
  it('goes on with what began just before', () => {
    const { go, restart } = joining({ live: { a: onAir(9), b: onAir(9) } })
    go(0, 'a/studio')
    restart(5_000)
    expect(go(10_000, 'b/studio')).toEqual(['a/studio'])
  })
})

describe('10,000 streams', () => {
  it('that go with their server in batches are one incident, and the others are not looked through for each', () => {
    const origins = Object.fromEntries(Array.from({ length: 10_000 }, (_, place) => [place, origin({ address: `10.0.${place % 100}.${place % 250}` })]))
    const { go, open, looks } = joining({ origins })
    for (let from = 0; from < 10_000; from += 100) go(0, ...Array.from({ length: 100 }, (_, place) => `a/${from + place}`))
    expect([...open.incidents()]).toEqual(['a/0'])
    expect(open.extent('a/0')?.ongoing).toBe(10_000)
    expect(open.get('a/9999')?.alike?.together).toBe(10_000)
    expect(looks()).toBeLessThanOrEqual(3)
  })
  it('of which less than half go are one as well, and those that are about to go are not looked through for each', () => {
    const { go, open, pendingChecks } = joining({ live: { a: onAir(6_000) } })
    for (let from = 0; from < 4_000; from += 100) go(0, ...Array.from({ length: 100 }, (_, place) => `a/${from + place}`))
    expect([...open.incidents()]).toEqual(['a/0'])
    expect(pendingChecks()).toBeLessThanOrEqual(40)
  })
})

describe('a probe that reads a stream of a watched server', () => {
  const probed = () => joining({ live: { a: onAir(10) }, probes: { one: 'a/1', other: 'a/2' } })
  it('belongs to the incident of that stream, whenever it sees it', () => {
    const { go, probeDown, probeFinds } = probed()
    go(0, 'a/1')
    expect(probeDown(200_000, 'one')).toEqual(['a/1'])
    expect(probeFinds(300_000, 'one')).toEqual(['a/1'])
    expect(probeDown(200_000, 'other')).toEqual(['other'])
  })
  it('begins it, where it sees it first', () => {
    const { probeFinds, losePackets } = probed()
    probeFinds(0, 'one')
    expect(losePackets(200_000, 'a/1')).toEqual(['one frozen'])
  })
  it('belongs to the outage of its server if it can not read it, and not with what it finds there', () => {
    const { down, probeDown, probeFinds } = probed()
    down(0, 'a')
    expect(probeDown(200_000, 'one')).toEqual(['a'])
    expect(probeFinds(200_000, 'other')).toEqual(['other frozen'])
  })
  it('has nothing to do with a stream that is well again', () => {
    const { go, heal, probeDown } = probed()
    go(0, 'a/1')
    heal(1_000, 'a/1')
    expect(probeDown(200_000, 'one')).toEqual(['one'])
  })
})
