import { isAtLeast } from '../../shared/serverVersions.ts'
import type { PollRun } from './pollRequests.ts'
import { type ConfigurationReading, type PathReading, protocolByList, type ReadSessionList, type SessionListName, sessionListOf } from './readings.ts'

/** Up to this many sessions on a server each list is read in each round; beyond, in turns. */
const sessionsEachRound = 300
/** When lists are read in turns, none gets older than this. */
const sessionsMaxAgeMs = 10_000

/**
 * Session lists whose types appear in these paths, with the least number of sessions that each must contain. `rtmpsAsRtmp`:
 * connections of both types are called RTMP, as before 1.17, and may be in either list.
 */
export function sessionListsIn(paths: readonly PathReading[], rtmpsAsRtmp = false): ReadonlyMap<SessionListName, number> {
  const counts = new Map<SessionListName, number>()
  const count = (type: string) => {
    const list = sessionListOf(type)
    if (list !== null) counts.set(list, (counts.get(list) ?? 0) + 1)
  }
  for (const path of paths) {
    if (path.sourceType !== null && path.available) count(path.sourceType)
    for (const reader of path.readers) count(reader.type)
  }
  if (rtmpsAsRtmp && counts.has('rtmpConns') && !counts.has('rtmpsConns')) counts.set('rtmpsConns', 0)
  return counts
}

/**
 * Which lists to read in this round. Up to 300 sessions all of them; beyond that, those that would get older than 10 s
 * before their next turn, oldest first, and only as many as necessary, so that the cost is spread over rounds.
 */
export function listsDue(
  inUse: ReadonlyMap<SessionListName, number>,
  lastReadAt: ReadonlyMap<SessionListName, number>,
  nowMs: number,
  intervalMs: number,
): readonly SessionListName[] {
  const lists = [...inUse.keys()]
  let sessions = 0
  for (const count of inUse.values()) sessions += count
  if (sessions <= sessionsEachRound) return lists
  const age = (list: SessionListName) => nowMs - (lastReadAt.get(list) ?? Number.NEGATIVE_INFINITY)
  const mustBeReadFromMs = Math.max(0, sessionsMaxAgeMs - intervalMs)
  const roundsInTurn = Math.max(1, Math.floor(mustBeReadFromMs / intervalMs))
  const mostARound = Math.ceil(lists.length / roundsInTurn)
  // Half an interval of slack: a slot opens a few ms early or late.
  const due = lists.filter((list) => age(list) > mustBeReadFromMs - intervalMs / 2).sort((a, b) => age(b) - age(a))
  const overdue = due.filter((list) => age(list) > sessionsMaxAgeMs - intervalMs / 2)
  return due.slice(0, Math.max(mostARound, overdue.length))
}

/** The session lists of one server: which are in use, and when each was read. */
export function createSessionTurns({ servers: { clock, log }, watched, client, requests, signal }: PollRun) {
  const lastReadAt = new Map<SessionListName, number>()
  const missing = new Set<SessionListName>()
  let rtmpsIsOff = false

  const readInto = async (read: ReadSessionList[], lists: readonly SessionListName[]): Promise<ReadSessionList[]> => {
    for (const list of lists) {
      const answer = await requests.ask((limited) => client.readSessions(list, limited))
      if (signal.aborted) break
      if (answer.ok) {
        lastReadAt.set(list, clock.monotonic())
        read.push({ list, answer: answer.value })
      } else if (answer.error.kind === 'notEnabled') {
        missing.add(list)
        watched.notEnabled.add(protocolByList[list])
      } else log.debug({ serverId: watched.id, list, error: answer.error }, 'sessions not read')
    }
    return read
  }

  return {
    /** Lists in use by these paths, with the least number of sessions of each. */
    inUse: (paths: readonly PathReading[], version: string | null): ReadonlyMap<SessionListName, number> =>
      new Map([...sessionListsIn(paths, !rtmpsIsOff && !isAtLeast(version, 1, 17))].filter(([list]) => !missing.has(list))),
    readDue: (inUse: ReadonlyMap<SessionListName, number>, intervalMs: number): Promise<ReadSessionList[]> =>
      readInto([], listsDue(inUse, lastReadAt, clock.monotonic(), intervalMs)),
    /** Reads those of former rounds that are missing among these, and adds them. */
    readOthers: (read: ReadSessionList[]): Promise<unknown> =>
      readInto(
        read,
        [...lastReadAt.keys()].filter((list) => !read.some((one) => one.list === list)),
      ),
    /** Forgets when lists without sessions were read: they are no longer requested. */
    keepOnly: (inUse: ReadonlyMap<SessionListName, number>): void => {
      for (const list of lastReadAt.keys()) if (!inUse.has(list)) lastReadAt.delete(list)
    },
    /** Called with each reading of the configuration: a list that was missing may be there now. null: it could not be read. */
    configured: (reading: ConfigurationReading | null): void => {
      missing.clear()
      if (reading !== null) rtmpsIsOff = reading.off.includes('rtmps')
    },
  }
}
