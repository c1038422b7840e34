import { open } from 'node:fs/promises'
import type { Clock } from '../../clock/clock.ts'
import { every } from '../../clock/every.ts'
import type { Log } from '../ports.ts'
import type { Database } from './openDatabase.ts'
import { classifyStorageError } from './storageTrouble.ts'

const syncEveryMs = 1_000
/** A log of this size is brought into its database, but not more often than this. */
const [checkpointBytes, checkpointEveryMs] = [4 << 20, 60_000]
/** If that fails, or far more is written meanwhile, SQLite does it within a commit. */
const largestLogBytes = 64 << 20
/** Longest wait for another process that holds a database: nothing else is done meanwhile. */
const lockLimitMs = 100

interface Synced {
  readonly db: Database
  readonly countChanges: () => number
  changes: number
  checkpointAt: number
}

/**
 * Brings what the engine's thread commits to the disk, so that commits need not wait for it: until they had, nothing would be polled or evaluated, and nobody
 * could sign in. An end of the process loses nothing by that, a power cut the last second, or what a slow disk has not taken yet.
 */
export class DiskSync implements AsyncDisposable {
  readonly #clock: Clock
  /** Brings the log of a database into it, in another thread. */
  readonly #checkpoint: (file: string) => Promise<void>
  readonly #databases: Synced[] = []
  readonly #stop = new AbortController()
  readonly #loop: Promise<void>
  #last: Promise<void> = Promise.resolve()

  constructor({ clock, log, checkpoint }: { readonly clock: Clock; readonly log: Log; readonly checkpoint: (file: string) => Promise<void> }) {
    this.#clock = clock
    this.#checkpoint = checkpoint
    this.#loop = every(clock)(
      {
        intervalMs: syncEveryMs,
        timeoutMs: null,
        firstDelayMs: syncEveryMs,
        seed: 'disk sync',
        signal: this.#stop.signal,
        onBug: (error) => log.error({ error }, 'bringing data to the disk failed by a bug of ours'),
      },
      async () => {
        try {
          await this.synced()
        } catch (error) {
          // Tried again the next time.
          if (classifyStorageError(error) === null) throw error
        }
      },
    )
  }

  /** To be called once a database is open and migrated. */
  add(db: Database): void {
    db.pragma('synchronous = NORMAL')
    db.pragma(`wal_autocheckpoint = ${Math.floor(largestLogBytes / (db.pragma('page_size', { simple: true }) as number))}`)
    db.pragma(`busy_timeout = ${lockLimitMs}`)
    const count = db.prepare<[], number>('SELECT total_changes()').pluck()
    this.#databases.push({ db, countChanges: () => count.get() as number, changes: 0, checkpointAt: 0 })
  }

  /** Resolves when all that was committed until now is on the disk; rejects if the disk fails. */
  synced(): Promise<void> {
    // One at a time: signing in and looking up names need the few threads of Node's pool, too.
    this.#last = this.#last.catch(() => {}).then(() => this.#sync())
    return this.#last
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#loop
  }

  async #sync(): Promise<void> {
    for (const one of this.#databases) {
      if (!one.db.open) continue
      const changes = one.countChanges()
      if (changes === one.changes) continue
      await using log = await open(`${one.db.name}-wal`, 'r+')
      await log.datasync()
      one.changes = changes
      const now = this.#clock.monotonic()
      if (now < one.checkpointAt || (await log.stat()).size < checkpointBytes) continue
      one.checkpointAt = now + checkpointEveryMs
      await this.#checkpoint(one.db.name)
    }
  }
}
