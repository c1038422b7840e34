import type { ShownStreams } from '../streams/shownOfStreams.ts'
import { keptOf, keyOf, type Open } from './openSessions.ts'
import type { KeptSession } from './packedSessions.ts'
import type { SessionRows, StoredOpen } from './sessionRows.ts'

/** One that began and is not stored yet. */
interface Began {
  readonly serverId: string
  readonly one: Open
  /** When it was seen first. */
  readonly at: number
}

/** So many rows are written at once: some 10 ms. */
const rowsAtOnce = 2_000
/** While the disk takes none, so many wait; the oldest beyond are lost, and counted. */
const mostWaiting = 50_000

/** What is not stored yet of sessions that began and ended. */
export function createWaitingSessions(sessionOf: ShownStreams['sessionOf']) {
  const began = new Map<string, Began>()
  /** Those that are stored as open and are not any more. */
  let over: Pick<StoredOpen, 'serverId' | 'list' | 'id'>[] = []
  let done: KeptSession[] = []
  let notStored = 0
  const nameOf = (serverId: string, { list, id }: Open): string => `${serverId} ${keyOf(list, id)}`
  const storedOf = ({ serverId, one, at }: Began): StoredOpen => {
    const session = { ...keptOf(serverId, one, sessionOf), ended: at, endedAfter: null }
    return { serverId, list: one.list, id: one.id, began: one.began, session }
  }
  const size = (): number => began.size + over.length + done.length
  return {
    size,
    began: (serverId: string, one: Open, at: number): void => void began.set(nameOf(serverId, one), { serverId, one, at }),
    /** It is not open any more. */
    left: (serverId: string, one: Open): void => {
      if (one.isStored) over.push({ serverId, list: one.list, id: one.id })
      else began.delete(nameOf(serverId, one))
    },
    ended: (session: KeptSession): void => void done.push(session),
    justEnded: (): readonly KeptSession[] => done,
    /** How many were lost because the disk took none. */
    notStored: (): number => notStored,
    /** Stores a part of what waits, if anything does. `store`: returns whether the disk took it, as this does. */
    storeSome: (store: (...rows: Parameters<SessionRows['store']>) => boolean): boolean => {
      if (size() === 0) return true
      const [first, gone, ended] = [[...began].slice(0, rowsAtOnce), over.slice(0, rowsAtOnce), done.slice(0, rowsAtOnce)]
      const rows = first.map(([, one]) => storedOf(one))
      if (!store(rows, gone, ended)) return false
      for (const [key, { one }] of first) {
        began.delete(key)
        one.isStored = true
      }
      over = over.slice(gone.length)
      done = done.slice(ended.length)
      return true
    },
    /** Gives up what is too much to wait. */
    trim: (): void => {
      if (done.length > mostWaiting) {
        notStored += done.length - mostWaiting
        done = done.slice(-mostWaiting)
      }
      // Those that stay stored as open are found to have ended at the next start.
      if (over.length > mostWaiting) over = over.slice(-mostWaiting)
    },
    clear: (): void => {
      began.clear()
      over = []
      done = []
    },
  }
}
export type WaitingSessions = ReturnType<typeof createWaitingSessions>
