import { expect, test } from 'vitest'
import { someAlarm } from '../../shared/alarms.fixture.ts'
import type { StreamOrigin } from '../../shared/alarms.ts'
import { ownerIdOf, streamSubject } from '../../shared/subjectNames.ts'
import { type AlarmRecord, changedBy, closed } from './alarmLife.ts'
import { IncidentJoiner } from './joinIncidents.ts'
import { OpenAlarms } from './openAlarms.ts'

/** Numbers from 0 to 1, the same for each seed. */
function seeded(seed: number) {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return state / 2 ** 32
  }
}

const dayMs = 86_400_000
const paths = ['cam', 'cam2', 'front', 'back']
const servers = Array.from({ length: 60 }, (_, place) => `pi${place}`)

/** A day in which each stream is lost by itself about five times, from 10 s to 20 minutes each time. Returns the servers of each incident. */
function dayOf(seed: number): ReadonlyMap<string, ReadonlySet<string>> {
  const next = seeded(seed)
  const origins = new Map<string, StreamOrigin>()
  for (const [place, server] of servers.entries())
    for (const path of paths) origins.set(`${server}/${path}`, { address: `10.${place}.0.7`, agent: 'rpicamera', source: null })
  const gone = new Set<string>()
  const open = new OpenAlarms()
  const joiner = new IncidentJoiner(
    open,
    {
      originOf: (serverId, path) => origins.get(`${serverId}/${path}`) ?? null,
      wasSeen: () => true,
      liveOn: (serverId) => paths.filter((path) => !gone.has(`${serverId}/${path}`)).length,
      liveThen: () => null,
      eachLive: (visit) => {
        for (const [name, origin] of origins) if (!gone.has(name)) visit(origin, name.split('/')[1] ?? '', Number.POSITIVE_INFINITY)
      },
      serverHosts: () => servers.map((server, place) => [server, `10.${place}.0.1`]),
      upstreams: () => () => [],
      probed: () => new Map(),
      pendingOf: () => new Map(),
      machines: () => [],
    },
    0,
  )
  const losses = Array.from(origins.keys(), (name) =>
    Array.from({ length: 5 }, () => ({ name, at: Math.floor(next() * dayMs), forMs: 10_000 + next() * 1_190_000 })),
  ).flat()
  const steps = losses.flatMap(({ name, at, forMs }, loss) => [
    { name, loss, at, ends: false },
    { name, loss, at: Math.floor(at + forMs), ends: true },
  ])
  const found = new Map<string, Set<string>>()
  const lost = new Map<string, AlarmRecord>()
  for (const { name, loss, at, ends } of steps.toSorted((a, b) => a.at - b.at)) {
    const [serverId = '', path = ''] = name.split('/')
    const before = lost.get(name)
    if (ends) {
      if (before?.id !== `${loss}`) continue
      gone.delete(name)
      lost.delete(name)
      for (const { alarm } of joiner.join([changedBy(before, [{ kind: 'healed', at }, closed(at, 'healed')])], at)) open.put(alarm)
      continue
    }
    if (before !== undefined) continue
    gone.add(name)
    const { state: _, ...alarm } = someAlarm({ id: `${loss}`, subject: streamSubject(serverId, path), serverName: serverId, since: at, raisedAt: at })
    for (const { alarm: placed } of joiner.join(
      [{ alarm, changes: [{ kind: 'raised', at, since: at, why: { kind: 'noAnswer' }, trouble: 'streamGone', severity: 'critical' }] }],
      at,
    )) {
      open.put(placed)
      lost.set(name, placed)
      found.set(placed.incident, (found.get(placed.incident) ?? new Set()).add(ownerIdOf(placed.subject)))
    }
  }
  return found
}

test.each([1, 2, 3])('independent losses of a day make no incident of several servers, although these have the same paths (seed %i)', (seed) => {
  const incidents = [...dayOf(seed).values()]
  expect(incidents.length).toBeGreaterThan(500)
  expect(incidents.filter((of) => of.size > 1)).toEqual([])
})
