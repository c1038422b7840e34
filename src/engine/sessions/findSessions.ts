import type { Slice } from '../../clock/slices.ts'
import { hostOf } from '../../shared/hostOf.ts'
import { sessionLoss } from '../../shared/sessionFigures.ts'
import type { ServerSession, SessionFilter, SessionGroup, SessionGrouping, SessionList, SessionSort } from '../../shared/sessions.ts'
import type { Session } from '../../shared/streams.ts'
import type { ServerName } from '../streams/serverStreams.ts'
import type { ShownSession } from '../streams/sessions.ts'
import type { SessionsOfServer } from '../streams/shownOfStreams.ts'
import { sessionMatcher } from './sessionMatcher.ts'

/** A session that is going on, and its server. */
export interface OpenSession {
  readonly server: ServerName
  readonly session: ShownSession
}

interface Found {
  readonly sessions: readonly OpenSession[]
  readonly ours: number
  readonly unknown: SessionList['unknown']
  readonly hlsUncounted: number
}

/** The sessions that a filter means, except those of mtxdecks. Muxers of HLS are none: they stand for viewers that are not listed. */
export async function findSessions(servers: Iterable<SessionsOfServer>, filter: SessionFilter, slice: Slice, signal: AbortSignal): Promise<Found> {
  const isMeant = sessionMatcher(filter)
  const found: OpenSession[] = []
  const unknown: SessionList['unknown'] = []
  let ours = 0
  let hlsUncounted = 0
  let looked = 0
  // What a list is made of is published between two slices, too: a session is seen once, for it is kept with its server's list of this moment.
  for (const { server, isUnknown, hlsUncounted: uncounted, sessions } of [...servers]) {
    if (isUnknown) unknown.push({ serverId: server.id, server: server.name })
    hlsUncounted += uncounted
    for (const session of sessions) {
      if (++looked % 256 === 0 && slice.isOver()) await slice.next(signal)
      const { reading } = session
      if (reading.list === 'hlsMuxers' || !isMeant(server, reading)) continue
      if (reading.own) ours++
      else found.push({ server, session })
    }
  }
  return { sessions: found, ours, unknown, hlsUncounted }
}

const rateOf = ({ reading, bitrateInBps, bitrateOutBps }: ShownSession): number => (reading.role === 'publisher' ? bitrateInBps : bitrateOutBps)
const orders: Readonly<Record<SessionSort, (session: ShownSession, sessionOf: SessionOf) => number | null>> = {
  since: ({ reading }) => reading.createdAt,
  rate: rateOf,
  lost: (session, sessionOf) => sessionLoss(sessionOf(session)),
  rtt: ({ reading }) => reading.srt?.rttMs ?? null,
}
/** A session in the form of the contract. */
export type SessionOf = (session: ShownSession) => Session

/** A page of sessions, the largest of `sort` first and what is not known last. */
export function sessionsPage(found: readonly OpenSession[], sessionOf: SessionOf, sort: SessionSort, offset: number, limit: number): ServerSession[] {
  const order = orders[sort]
  const figures = new Float64Array(found.length)
  for (const [place, { session }] of found.entries()) {
    const figure = order(session, sessionOf)
    figures[place] = figure === null || Number.isNaN(figure) ? Number.NEGATIVE_INFINITY : figure
  }
  const places = Uint32Array.from(found, (_, place) => place)
  places.sort((a, b) => {
    const [one, other] = [figures[a] as number, figures[b] as number]
    return one === other ? a - b : other > one ? 1 : -1
  })
  return Array.from(places.subarray(offset, offset + limit), (place) => {
    const { server, session } = found[place] as OpenSession
    return { ...sessionOf(session), serverId: server.id, server: server.name }
  })
}

interface Grouping {
  readonly by: SessionGrouping
  readonly most: number
  readonly networkOf: (address: string) => string | null
  readonly slice: Slice
  readonly signal: AbortSignal
}
interface Group {
  sessions: number
  publishers: number
  readers: number
  bitrateInBps: number
  bitrateOutBps: number
  since: number
  readonly paths: Set<string>
  readonly servers: Set<string>
}

/** The same sessions by what they have in common: how many groups there are, and the `most` largest of them. */
export async function groupsOf(
  found: readonly OpenSession[],
  { by, most, networkOf, slice, signal }: Grouping,
): Promise<{ readonly total: number; readonly groups: SessionGroup[] }> {
  const groups = new Map<string | null, Group>()
  const networks = new Map<string, string | null>()
  const keyOf = ({ server, session: { reading } }: OpenSession): string | null => {
    const host = reading.remoteAddr === null ? null : hostOf(reading.remoteAddr)
    switch (by) {
      case 'address':
        return host
      case 'network': {
        if (host === null) return null
        if (!networks.has(host)) networks.set(host, networkOf(host))
        return networks.get(host) ?? null
      }
      case 'agent':
        return reading.userAgent
      case 'user':
        return reading.user
      case 'path':
        return reading.path || null
      case 'server':
        return server.name
      case 'protocol':
        return reading.protocol
    }
  }
  for (const [place, one] of found.entries()) {
    if (place % 256 === 0 && slice.isOver()) await slice.next(signal)
    const key = keyOf(one)
    const group = groups.get(key) ?? emptyGroup()
    groups.set(key, group)
    addTo(group, one)
  }
  if (slice.isOver()) await slice.next(signal)
  return { total: groups.size, groups: largest(groups, most).map(groupOf) }
}

type KeyedGroup = readonly [key: string | null, group: Group]
const groupOf = ([key, { bitrateInBps, bitrateOutBps, since, paths, servers, ...counts }]: KeyedGroup): SessionGroup => ({
  key,
  ...counts,
  bitrateInBps: known(bitrateInBps),
  bitrateOutBps: known(bitrateOutBps),
  paths: paths.size,
  servers: servers.size,
  since: Number.isFinite(since) ? since : null,
})

const byName = new Intl.Collator('en', { numeric: true })
const largestFirst = ([a, one]: KeyedGroup, [b, other]: KeyedGroup): number => other.sessions - one.sessions || byName.compare(a ?? '￿', b ?? '￿')

/** The first groups in their order. Without sorting all: 100,000 addresses of one session each take 0.5 s. */
function largest(groups: ReadonlyMap<string | null, Group>, most: number): KeyedGroup[] {
  let first: KeyedGroup[] = []
  const cut = () => {
    first = first.sort(largestFirst).slice(0, most)
  }
  let last: KeyedGroup | undefined
  for (const one of groups) {
    if (last !== undefined && largestFirst(one, last) >= 0) continue
    first.push(one)
    if (first.length < 2 * most) continue
    cut()
    last = first.at(-1)
  }
  cut()
  return first
}

const emptyGroup = (): Group => ({
  sessions: 0,
  publishers: 0,
  readers: 0,
  bitrateInBps: Number.NaN,
  bitrateOutBps: Number.NaN,
  since: Number.POSITIVE_INFINITY,
  paths: new Set(),
  servers: new Set(),
})
const known = (sum: number): number | null => (Number.isNaN(sum) ? null : sum)
const plus = (sum: number, figure: number): number => (Number.isNaN(figure) ? sum : Number.isNaN(sum) ? figure : sum + figure)

function addTo(group: Group, { server, session }: OpenSession): void {
  const { role, createdAt, path } = session.reading
  group.sessions++
  if (role === 'publisher') {
    group.publishers++
    group.bitrateInBps = plus(group.bitrateInBps, session.bitrateInBps)
  } else if (role === 'reader') {
    group.readers++
    group.bitrateOutBps = plus(group.bitrateOutBps, session.bitrateOutBps)
  }
  if (createdAt !== null && createdAt < group.since) group.since = createdAt
  if (path !== '') group.paths.add(path)
  group.servers.add(server.id)
}
