import type { Slices } from '../../clock/slices.ts'
import type { BundleScope } from '../../shared/bundles.ts'
import { ipOf } from '../../shared/ipAddresses.ts'
import type { PastSession, PastSessions, SessionFilter } from '../../shared/sessions.ts'
import { mostBundledSessions, wantedBy } from './bundledSessions.ts'
import { sessionMatcher } from './sessionMatcher.ts'
import type { createSessionRows, KeptSession } from './sessionRows.ts'

export interface AskedPast extends SessionFilter {
  readonly from: number
  readonly to: number
  readonly limit: number
}

/** `no`: its row; null: it has none yet. */
export interface InMemory {
  readonly no: number | null
  readonly session: KeptSession
}

interface SessionSearchDeps {
  readonly slices: Slices
  readonly rows: Pick<ReturnType<typeof createSessionRows>, 'ended' | 'lastNo'>
  /** Those that go on and were seen in a period; `ended` is when they were seen last. */
  readonly lasting: (from: number, to: number) => readonly InMemory[]
  /** Those that ended and are not stored yet. */
  readonly justEnded: () => readonly InMemory[]
  readonly nameOf: (serverId: string) => string
  /** End of the shown bundle, epoch ms; null: live monitoring. */
  readonly bundleEnd: number | null
}

/** Finds sessions of the past, in memory and in sessions.db. */
export function createSessionSearch({ slices, rows, lasting, justEnded, nameOf, bundleEnd }: SessionSearchDeps) {
  /** What goes on and what is not stored yet, of a period, and in pieces what is stored: one that ends or is stored meanwhile is found once. */
  function found(from: number, to: number, host: string | null, isMeant: (session: KeptSession) => boolean, signal: AbortSignal) {
    const slice = slices.begin()
    const meant = (session: KeptSession) => session.began <= to && session.ended >= from && isMeant(session)
    const [open, ended] = [lasting(from, to), justEnded()].map((all) => all.filter(({ session }) => meant(session))) as [InMemory[], InMemory[]]
    const known = new Set([...open, ...ended].map(({ no }) => no))
    const lastNo = rows.lastNo()
    const stored = async function* () {
      for (const piece of rows.ended(from, to, host)) {
        yield piece.filter((row) => row.no <= lastNo && !known.has(row.no) && isMeant(row))
        if (slice.isOver()) await slice.next(signal)
      }
    }
    const sessionsOf = (all: readonly InMemory[]) => all.map(({ session }) => session)
    return { open: sessionsOf(open), ended: sessionsOf(ended), stored: stored() }
  }

  async function find({ from, to, limit, ...filter }: AskedPast, signal: AbortSignal): Promise<Pick<PastSessions, 'sessions' | 'more'>> {
    const matches = sessionMatcher(filter)
    const { address = '' } = filter
    // IPv6 has several ways to write an address.
    const host = address.includes(':') || ipOf(address) === null ? null : address
    const isMeant = (session: KeptSession) => matches({ id: session.serverId, name: nameOf(session.serverId) }, session)
    const { open, ended, stored } = found(from, to, host, isMeant, signal)
    // One more than is asked for says that there are more.
    for await (const piece of stored) {
      ended.push(...piece)
      if (ended.length > limit) break
    }
    const shown = (session: KeptSession, isOver: boolean): PastSession => {
      const { serverId, id, protocol, role, path, remoteAddr, user, userAgent, began, endedAfter, bytes, lost } = session
      const about = { serverId, server: nameOf(serverId), id, protocol, role, path, remoteAddr, user, userAgent }
      return { ...about, began, ended: isOver ? session.ended : null, endedAfter, bytes, lost }
    }
    const all = [
      ...ended.sort((a, b) => b.ended - a.ended).map((session) => shown(session, bundleEnd === null || session.ended < bundleEnd)),
      ...open.sort((a, b) => b.began - a.began).map((session) => shown(session, false)),
    ]
    return { sessions: all.slice(0, limit), more: all.length > limit }
  }

  /** The sessions that belong to a bundle, those that ended last first: as they were at its end. `keptSince`: from when on all are kept. */
  async function collect(
    scope: BundleScope,
    keptSince: number,
    signal: AbortSignal,
  ): Promise<{ readonly sessions: readonly KeptSession[]; readonly since: number }> {
    const { from, to } = scope
    const { open, ended, stored } = found(from, to, null, wantedBy(scope), signal)
    const sessions = [...open, ...ended]
    let since = Math.max(from, keptSince)
    for await (const piece of stored) {
      sessions.push(...piece)
      if (sessions.length > mostBundledSessions) {
        since = Math.max(since, Math.min(sessions[mostBundledSessions]?.ended ?? to, to))
        break
      }
    }
    // What came after the end of the bundle is not said: it went on then.
    const then = sessions.slice(0, mostBundledSessions).map((session) => (session.ended > to ? { ...session, ended: to, endedAfter: null } : session))
    return { sessions: then, since }
  }
  return { find, collect }
}
