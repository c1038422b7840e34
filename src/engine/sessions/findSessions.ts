import type { Slice } from '../../clock/slices.ts'
import { hostOf } from '../../shared/endpoints.ts'
import {
  type ServerSession,
  type SessionFilter,
  type SessionGroup,
  type SessionGrouping,
  type SessionList,
  type SessionSort,
  sessionLoss,
} from '../../shared/sessions.ts'
import type { Session } from '../../shared/streams.ts'
import type { SessionReading } from '../servers/readings.ts'
import type { ShownSession } from '../streams/sessions.ts'
import type { ShownStreams } from '../streams/shownOfStreams.ts'
import type { ServerName } from '../streams/streamRecord.ts'
import { serverMatcher, sessionMatcher } from './sessionMatcher.ts'

/** A session that is going on, and its server. */
export interface OpenSession {
  readonly server: ServerName
  readonly session: ShownSession
}

interface Found extends Pick<SessionList, 'total' | 'publishers' | 'readers' | 'audiences' | 'ours' | 'unknown' | 'hlsUncounted'> {
  readonly found: readonly OpenSession[]
}

/** The sessions that a filter means, except those of mtxdecks. Muxers of HLS are none: they stand for viewers that are not listed. */
export async function findSessions(
  { eachSessions, audienceOf }: Pick<ShownStreams, 'eachSessions' | 'audienceOf'>,
  filter: SessionFilter,
  slice: Slice,
  signal: AbortSignal,
): Promise<Found> {
  const isMeant = sessionMatcher(filter)
  const isMeantServer = filter.server ? serverMatcher(filter.server) : () => true
  const found: OpenSession[] = []
  const unknown: SessionList['unknown'] = []
  const counts = { publishers: 0, readers: 0, ours: 0, hlsUncounted: 0 }
  const audiences = { person: 0, machine: 0, cdn: 0 }
  let looked = 0
  // What a list is made of is published between two slices, too: a session is seen once, for it is kept with its server's list of this moment.
  for (const { server, isUnknown, hlsUncounted, sessions } of [...eachSessions()]) {
    if (!isMeantServer(server)) continue
    if (isUnknown) unknown.push({ serverId: server.id, server: server.name })
    counts.hlsUncounted += hlsUncounted
    for (const session of sessions) {
      if (++looked % 256 === 0 && slice.isOver()) await slice.next(signal)
      const { reading } = session
      if (reading.list === 'hlsMuxers' || !isMeant(server, reading)) continue
      if (reading.own) {
        counts.ours++
        continue
      }
      found.push({ server, session })
      if (reading.role === 'publisher') counts.publishers++
      else if (reading.role === 'reader') counts.readers++
      const audience = audienceOf(reading)
      if (audience !== null) audiences[audience]++
    }
  }
  return { found, unknown, audiences, total: found.length, ...counts }
}

const rateOf = ({ reading, bitrateInBps, bitrateOutBps }: ShownSession): number => (reading.role === 'publisher' ? bitrateInBps : bitrateOutBps)
const orders: Readonly<Record<SessionSort, (session: ShownSession, sessionOf: SessionOf) => number | null>> = {
  since: ({ reading }) => reading.createdAt,
  rate: rateOf,
  lost: (session, sessionOf) => sessionLoss(sessionOf(session)),
  rtt: ({ reading }) => reading.srt?.rttMs ?? null,
}
/** A session in the form of the contract. */
type SessionOf = (session: ShownSession) => Session

/** A page of sessions, the largest of `sort` first and what is not known last. */
export function sessionsPage(found: readonly OpenSession[], sessionOf: SessionOf, sort: SessionSort, offset: number, limit: number): ServerSession[] {
  const order = orders[sort]
  const figures = Float64Array.from(found, ({ session }) => order(session, sessionOf) ?? Number.NaN).map((figure) =>
    Number.isNaN(figure) ? Number.NEGATIVE_INFINITY : figure,
  )
  return Array.from(largestPlaces(figures, offset + limit).subarray(offset), (at) => {
    const { server, session } = found[at] as OpenSession
    return { ...sessionOf(session), serverId: server.id, server: server.name }
  })
}

/** Where the `most` largest figures are, the largest first, equal ones in their order. Only these are compared one by one: for 100,000 that takes a while. */
function largestPlaces(figures: Float64Array, most: number): Uint32Array {
  const count = Math.min(most, figures.length)
  const ascending = figures.toSorted()
  const least = ascending[figures.length - count] ?? Number.POSITIVE_INFINITY
  let equal = 0
  for (let at = figures.length - count; at < figures.length && ascending[at] === least; at++) equal++
  const places = new Uint32Array(count)
  let taken = 0
  for (let place = 0; place < figures.length && taken < count; place++) {
    const figure = figures[place] as number
    if (figure > least || (figure === least && equal-- > 0)) places[taken++] = place
  }
  return places.sort((a, b) => (figures[a] === figures[b] ? a - b : (figures[b] as number) > (figures[a] as number) ? 1 : -1))
}

interface Grouping {
  readonly by: SessionGrouping
  readonly most: number
  /** Addresses of IPv4 that differ in their last number only are in the same one. */
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
}

/** The same sessions by what they have in common: how many groups there are, and the `most` largest of them. */
export async function groupsOf(
  found: readonly OpenSession[],
  { by, most, networkOf, slice, signal }: Grouping,
): Promise<{ readonly total: number; readonly groups: SessionGroup[] }> {
  const groups = new Map<string | null, Group>()
  const groupFor = groupFinder(groups, by, networkOf)
  let looked = 0
  for (const { session } of found) {
    if (++looked % 256 === 0 && slice.isOver()) await slice.next(signal)
    addTo(groupFor(session.reading), session)
  }
  if (slice.isOver()) await slice.next(signal)
  // Names are compared of the shown ones only: for 100,000 groups that takes 0.5 s.
  const largest = [...groups].sort(([, one], [, other]) => other.sessions - one.sessions).slice(0, most)
  return { total: groups.size, groups: largest.sort(largestFirst).map(groupOf) }
}

/** The group that a session belongs to; a new one is added. */
function groupFinder(groups: Map<string | null, Group>, by: SessionGrouping, networkOf: Grouping['networkOf']): (reading: SessionReading) => Group {
  const ofKey = (key: string | null): Group => {
    const known = groups.get(key)
    if (known !== undefined) return known
    const group = emptyGroup()
    groups.set(key, group)
    return group
  }
  const ofNetwork = new Map<string, Group>()
  const inNetwork = (host: string): Group => {
    // Those of one /24 are in one network: of these there are far fewer.
    const near = host.includes(':') ? host : host.slice(0, host.lastIndexOf('.'))
    const known = ofNetwork.get(near)
    if (known !== undefined) return known
    const group = ofKey(networkOf(host))
    ofNetwork.set(near, group)
    return group
  }
  const hostIn = ({ remoteAddr }: SessionReading): string | null => (remoteAddr === null ? null : hostOf(remoteAddr))
  switch (by) {
    case 'address':
      return (reading) => ofKey(hostIn(reading))
    case 'network':
      return (reading) => {
        const host = hostIn(reading)
        return host === null ? ofKey(null) : inNetwork(host)
      }
    case 'agent':
      return ({ userAgent }) => ofKey(userAgent)
    case 'user':
      return ({ user }) => ofKey(user)
    case 'path':
      return ({ path }) => ofKey(path || null)
  }
}

type KeyedGroup = readonly [key: string | null, group: Group]
const groupOf = ([key, { bitrateInBps, bitrateOutBps, ...counts }]: KeyedGroup): SessionGroup => ({
  key,
  ...counts,
  bitrateInBps: known(bitrateInBps),
  bitrateOutBps: known(bitrateOutBps),
})

const byName = new Intl.Collator('en', { numeric: true })
const largestFirst = ([a, one]: KeyedGroup, [b, other]: KeyedGroup): number => other.sessions - one.sessions || byName.compare(a ?? '￿', b ?? '￿')

const emptyGroup = (): Group => ({ sessions: 0, publishers: 0, readers: 0, bitrateInBps: Number.NaN, bitrateOutBps: Number.NaN })
const known = (sum: number): number | null => (Number.isNaN(sum) ? null : sum)
const plus = (sum: number, figure: number): number => (Number.isNaN(figure) ? sum : Number.isNaN(sum) ? figure : sum + figure)

function addTo(group: Group, session: ShownSession): void {
  const { role } = session.reading
  group.sessions++
  if (role === 'publisher') {
    group.publishers++
    group.bitrateInBps = plus(group.bitrateInBps, session.bitrateInBps)
  } else if (role === 'reader') {
    group.readers++
    group.bitrateOutBps = plus(group.bitrateOutBps, session.bitrateOutBps)
  }
}
