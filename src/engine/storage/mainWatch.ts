import { join } from 'node:path'
import type { Clock } from '../../clock/clock.ts'
import { every } from '../../clock/every.ts'
import type { ConsoleTrouble } from '../../shared/consoleTroubles.ts'
import { type NewEvent, newEvent } from '../../shared/events.ts'
import type { StoreFigures } from '../../shared/history.ts'
import type { Log } from '../ports.ts'
import { damageText } from './damageText.ts'
import type { LastingDatabase } from './lastingDatabase.ts'
import type { Migration } from './migrate.ts'
import { type MovedFile, watchFile } from './movedFile.ts'
import { openDatabase } from './openDatabase.ts'

export interface MainWatchDeps {
  readonly clock: Clock
  readonly log: Log
  readonly dataDir: string
  readonly main: LastingDatabase
  /** The result of `watchMain`. */
  readonly watched: MovedFile
  readonly migrations: readonly Migration[]
  readonly record: (events: readonly NewEvent[]) => void
  /** Resolves when no backup is reading the database, because bringing the file back closes it. */
  readonly idle: () => Promise<void>
}

export interface MainWatch {
  /** Set while main.db was moved away and can't be written back or reopened. */
  readonly trouble: () => ConsoleTrouble | null
  /** Files that somebody had put in its place, now set aside. */
  readonly setAside: () => StoreFigures['setAside']
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

const checkEveryMs = 5_000

/** Call this right after main.db was opened. */
export const watchMain = (dataDir: string): MovedFile => watchFile(join(dataDir, 'main.db'), 'main')

/** Checks every few seconds whether main.db is still at its path, and writes it back if not. */
export function createMainWatch(deps: MainWatchDeps): MainWatch {
  const { clock, log, dataDir, main } = deps
  const file = join(dataDir, 'main.db')
  const stop = new AbortController()
  const setAside: StoreFigures['setAside'] = []
  let { watched } = deps
  /** Set while main.db is at its path but can't be opened. */
  let unopened: ConsoleTrouble | null = null

  const openAgain = (): void => {
    const opened = openDatabase(file, { migrations: deps.migrations })
    unopened = opened.ok ? null : opened.error.trouble
    if (!opened.ok) {
      log.error({ file }, opened.error.words)
      return
    }
    main.replace(opened.value)
    watched = watchMain(dataDir)
  }
  const loop = every(clock)(
    {
      intervalMs: checkEveryMs,
      timeoutMs: null,
      firstDelayMs: checkEveryMs,
      seed: 'main.db',
      signal: stop.signal,
      onBug: (error) => log.error({ error }, 'main.db was moved away, and bringing it back failed by a bug of ours'),
    },
    async () => {
      await deps.idle()
      // It was written back, but could not be reopened yet.
      if (!main.db.open) return openAgain()
      const at = clock.now()
      const back = watched.bringBack({
        db: main.db,
        now: at,
        monotonic: clock.monotonic(),
        onFailure: (error, words) => log.error({ error }, words),
      })
      if (back === null) return
      openAgain()
      log.error({ setAside: back.setAside }, damageText(back.damage))
      if (back.setAside !== null) setAside.push({ file: join(dataDir, back.setAside), at, damage: back.damage })
      deps.record([newEvent('storeDamaged', at, back.damage)])
    },
  )
  return {
    trouble: () => unopened ?? watched.trouble(),
    setAside: () => setAside,
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      await loop
    },
  }
}
