import { basename, dirname, join } from 'node:path'
import type { Clock } from '../../clock/clock.ts'
import { every } from '../../clock/every.ts'
import type { OneAtATime } from '../../clock/semaphore.ts'
import type { ConsoleTrouble } from '../../shared/consoleTroubles.ts'
import { type NewEvent, newEvent } from '../../shared/events.ts'
import type { StoreFigures } from '../../shared/history.ts'
import type { Result } from '../../shared/result.ts'
import type { Log } from '../ports.ts'
import { damageText } from './damageText.ts'
import type { LastingDatabase } from './lastingDatabase.ts'
import { type MovedFile, type StoreName, watchFile } from './movedFile.ts'
import type { Database, DatabaseError } from './openDatabase.ts'

/** A database of the engine's own thread that lasts as long as the engine. */
export interface WatchedDatabase {
  readonly file: string
  readonly store: StoreName
  readonly lasting: LastingDatabase
  /** `watchFile`, called right after the database was opened. */
  readonly watched: MovedFile
  /** Opens the file that was written back. */
  readonly reopen: () => Result<Database, DatabaseError>
}

export interface FileWatchDeps extends WatchedDatabase {
  readonly clock: Clock
  readonly log: Log
  readonly record: (events: readonly NewEvent[]) => void
  /** Lock for copying the database: writing it back closes it, which must not happen during another copy. */
  readonly copying: OneAtATime
}

export interface FileWatch {
  /** Set while the file was moved away and can't be written back or reopened. */
  readonly trouble: () => ConsoleTrouble | null
  /** Files that somebody had put in its place, now set aside. */
  readonly setAside: () => StoreFigures['setAside']
  /** Whether the file was not at its path at the last check, or can't be opened: what is stored in it may be lost. */
  readonly isMissing: () => boolean
  /** Call when a new file was created at the path and `lasting` has opened it. */
  readonly recreated: () => void
  /** Resolves when the file is not being written back. */
  readonly settled: () => Promise<void>
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

const checkEveryMs = 5_000

/** Checks every few seconds whether a database is still at its path, and writes it back if not. */
export function createFileWatch({ clock, log, file, store, lasting, watched: first, reopen, record, copying }: FileWatchDeps): FileWatch {
  const stop = new AbortController()
  const setAside: StoreFigures['setAside'] = []
  let watched = first
  let isMissing = false
  /** Set while the file is at its path but can't be opened. */
  let unopened: ConsoleTrouble | null = null
  let running: Promise<void> | null = null

  const openAgain = (): void => {
    const opened = reopen()
    unopened = opened.ok ? null : opened.error.trouble
    if (!opened.ok) {
      log.error({ file }, opened.error.words)
      return
    }
    lasting.replace(opened.value)
    watched = watchFile(file, store)
    isMissing = false
  }
  const bringBack = async (): Promise<void> => {
    const at = clock.now()
    const attempt = { db: lasting.db, now: at, monotonic: clock.monotonic(), onFailure: (error: unknown, words: string) => log.error({ error }, words) }
    const back = await watched.bringBackInSteps(attempt, stop.signal)
    if (back === null) return
    openAgain()
    log.error({ setAside: back.setAside }, damageText(back.damage))
    if (back.setAside !== null) setAside.push({ file: join(dirname(file), back.setAside), at, damage: back.damage })
    record([newEvent('storeDamaged', at, back.damage)])
  }
  const loop = every(clock)(
    {
      intervalMs: checkEveryMs,
      timeoutMs: null,
      firstDelayMs: checkEveryMs,
      seed: basename(file),
      signal: stop.signal,
      onBug: (error) => log.error({ error, file }, 'a database was moved away, and bringing it back failed by a bug of ours'),
    },
    async () => {
      if (unopened !== null) return openAgain()
      // The database is closed while a new file can't be created yet in place of a damaged one.
      isMissing = lasting.db.open && watched.isMoved()
      if (!isMissing) return
      running = copying(stop.signal, bringBack).finally(() => {
        running = null
      })
      await running
    },
  )
  return {
    trouble: () => unopened ?? watched.trouble(),
    setAside: () => setAside,
    isMissing: () => isMissing,
    recreated: () => {
      watched = watchFile(file, store)
      unopened = null
      isMissing = false
    },
    settled: async () => {
      // The loop reports its failure.
      await running?.catch(() => {})
    },
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      await loop
    },
  }
}
