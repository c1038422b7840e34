import type { Slices } from '../../clock/slices.ts'
import type { BundleScope } from '../../shared/bundles.ts'
import { ipOf } from '../../shared/ipAddresses.ts'
import type { PastSession, PastSessions, SessionFilter } from '../../shared/sessions.ts'
import type { Log } from '../ports.ts'
import type { ShownStreams } from '../streams/shownOfStreams.ts'
import { mostBundledSessions, wantedBy } from './bundledSessions.ts'
import { keptOf, type OfServer } from './openSessions.ts'
import { type KeptSession, sessionsPerBlock, unpackSessions } from './packedSessions.ts'
import { sessionMatcher } from './sessionMatcher.ts'
import type { SessionRows } from './sessionRows.ts'

export interface AskedPast extends SessionFilter {
  readonly from: number
  readonly to: number
  readonly limit: number
}

interface PastSessionsDeps {
  readonly log: Log
  readonly slices: Slices
  readonly rows: SessionRows
  /** Those that go on, by the ids of their servers. */
  readonly servers: ReadonlyMap<string, OfServer>
  /** Those that ended and are not stored yet. */
  readonly justEnded: () => readonly KeptSession[]
  readonly sessionOf: ShownStreams['sessionOf']
  /** Name of a server now, or as it was last. */
  readonly nameOf: (serverId: string) => string
  /** As of `SessionLogDeps`. */
  readonly bundleEnd: number | null
  /** From when on sessions are kept, epoch ms; null: none are. */
  readonly keptSince: () => number | null
}

/** Finds sessions of the past: those that go on, those that have just ended, and those that are stored. */
export function createPastSessions({ log, slices, rows, servers, justEnded, sessionOf, nameOf, bundleEnd, keptSince }: PastSessionsDeps) {
  return { find, collect }

  async function find({ from, to, limit, ...filter }: AskedPast, signal: AbortSignal): Promise<Pick<PastSessions, 'sessions' | 'more'>> {
    const isMeant = sessionMatcher(filter)
    const { address = '' } = filter
    // Of one address: blocks without it are not read any further. IPv6 has several ways to write one.
    const needed = address.includes(':') || ipOf(address) === null ? '' : address
    const slice = slices.begin()
    const shown = (session: KeptSession, ended: number | null): PastSession => ({ ...session, server: nameOf(session.serverId), ended })
    const matches = (session: KeptSession) => isMeant({ id: session.serverId, name: nameOf(session.serverId) }, session)
    // One more than is asked for says that there are more.
    const most = limit + 1
    const overlaps = ({ began: start, ended: last }: KeptSession) => start <= to && last >= from
    // All that changes is taken at once: one that ends meanwhile would be in two places.
    const opens = [...servers].flatMap(([serverId, { open, seenAt }]) => Array.from(open.values(), (one) => ({ serverId, one, seenAt })))
    let ended = [...justEnded().filter(overlaps), ...rows.ended(from, to).map(({ session }) => session)].filter(matches)
    let block = rows.block(from, to, null)
    const lasting: PastSession[] = []
    for (const { serverId, one, seenAt } of opens) {
      if (slice.isOver()) await slice.next(signal)
      // One that is not seen in this launch yet may have ended.
      if (one.record?.reading.own === true || one.began > to || !((Number.isNaN(seenAt) ? one.began : seenAt) >= from)) continue
      const session = { ...keptOf(serverId, one, sessionOf), ended: seenAt, endedAfter: null }
      if (matches(session)) lasting.push(shown(session, null))
    }
    lasting.sort((a, b) => b.began - a.began)
    const latest = () => {
      ended.sort((a, b) => b.ended - a.ended)
      ended = ended.slice(0, most)
    }
    latest()
    for (; block !== null; block = rows.block(from, to, block)) {
      // Those in the blocks that are left ended before.
      if (ended.length >= most && (ended.at(-1)?.ended ?? 0) >= block.ended_to) break
      const sessions = await unpackSessions(block.sessions, needed)
      signal.throwIfAborted()
      if (sessions === null) {
        log.warn({ block: block.no }, 'some sessions of the past cannot be read')
        continue
      }
      for (const session of sessions) if (overlaps(session) && matches(session)) ended.push(session)
      latest()
      if (slice.isOver()) await slice.next(signal)
    }
    const wentOn = (session: KeptSession) => bundleEnd !== null && session.ended >= bundleEnd
    const all = [...ended.map((session) => shown(session, wentOn(session) ? null : session.ended)), ...lasting]
    return { sessions: all.slice(0, limit), more: all.length > limit }
  }

  /** The sessions that belong to a bundle, those that ended last first: as they were at its end. */
  async function collect(scope: BundleScope, signal: AbortSignal): Promise<{ readonly sessions: readonly KeptSession[]; readonly since: number }> {
    const { from, to } = scope
    const isWanted = wantedBy(scope)
    const slice = slices.begin()
    const overlaps = ({ began: start, ended: last }: KeptSession) => start <= to && last >= from
    const lasting = [...servers].flatMap(([serverId, { open, seenAt }]) =>
      Array.from(open.values(), (one) => ({
        one,
        session: { ...keptOf(serverId, one, sessionOf), ended: Number.isNaN(seenAt) ? one.began : seenAt, endedAfter: null },
      })),
    )
    const known = [
      ...lasting.flatMap(({ one, session }) => (one.record?.reading.own === true ? [] : [session])),
      ...justEnded(),
      ...rows.ended(from, to).map(({ session }) => session),
    ]
    const sessions = known.filter((session) => overlaps(session) && isWanted(session))
    let since = Math.max(from, keptSince() ?? to)
    for (let block = rows.block(from, to, null); block !== null; block = rows.block(from, to, block)) {
      // A block is taken whole, or what ended in its time is not all there.
      if (sessions.length + sessionsPerBlock > mostBundledSessions) {
        since = Math.max(since, Math.min(block.ended_to, to))
        break
      }
      for (const session of (await unpackSessions(block.sessions)) ?? []) if (overlaps(session) && isWanted(session)) sessions.push(session)
      if (slice.isOver()) await slice.next(signal)
    }
    // What came after the end of the bundle is not said: it went on then.
    const then = sessions.slice(0, mostBundledSessions).map((session) => (session.ended > to ? { ...session, ended: to, endedAfter: null } : session))
    return { sessions: then, since }
  }
}
