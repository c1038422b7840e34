import { open } from 'node:fs/promises'
import type { Clock } from '../../clock/clock.ts'
import { every } from '../../clock/every.ts'
import { consoleTroubleText } from '../../i18n/consoleTroubleText.ts'
import type { ConsoleTrouble } from '../../shared/consoleTroubles.ts'
import type { Log } from '../ports.ts'
import { errorCode } from '../readBounded.ts'
import { watchFileLater } from './fileWatch.ts'
import type { Database } from './openDatabase.ts'

const syncEveryMs = 1_000
/** Whether a database to which nothing was written is still at its path is looked at this often. */
const lookEveryMs = 5_000
/**
 * A log of this size is brought into its database when it has grown beyond what it was the last time, or every hour: the next commit begins the log anew, and
 * that one waits for the disk. If it fails, it is tried again after a minute.
 */
const [checkpointBytes, checkpointEveryMs, againMs] = [4 << 20, 3_600_000, 60_000]
/** If that fails for long, or far more is written meanwhile, SQLite does it within a commit. */
const largestLogBytes = 64 << 20
/** Longest wait for another process that holds a database: nothing else is done meanwhile. */
const lockLimitMs = 100

interface Synced {
  readonly db: Database
  readonly countChanges: () => number
  /** Its file is not at its path any more: whatever lies there now is not ours to touch. */
  readonly isMoved: () => Promise<boolean>
  readonly onMoved: () => void
  changes: number
  lookAt: number
  /** Size of the log when it was last brought into the database, and when that was last tried (monotonic). */
  checkpointedBytes: number
  checkpointAt: number
  /** Since the disk refused a sync. Linux tells of pages that it lost only once, so that only a checkpoint shows that all is there. */
  trouble: ConsoleTrouble | null
}

/**
 * Brings what the engine's thread commits to the disk, so that commits need not wait for it: until they had, nothing would be polled or evaluated, and nobody
 * could sign in. An end of the process loses nothing by that, a power cut the last second, or what a slow disk has not taken yet.
 */
export class DiskSync implements AsyncDisposable {
  readonly #clock: Clock
  readonly #log: Log
  /** Brings the log of a database into it, in another thread, and says whether all of it is there. */
  readonly #checkpoint: (file: string) => Promise<boolean>
  readonly #databases: Synced[] = []
  readonly #stop = new AbortController()
  readonly #loop: Promise<void>
  #last: Promise<void> = Promise.resolve()

  constructor({ clock, log, checkpoint }: { readonly clock: Clock; readonly log: Log; readonly checkpoint: (file: string) => Promise<boolean> }) {
    this.#clock = clock
    this.#log = log
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
      () => this.synced(),
    )
  }

  /** To be called once a database is open and migrated. `onMoved` is called once when its file is no longer at its path. */
  add(db: Database, onMoved: () => void = () => {}): void {
    db.pragma('synchronous = NORMAL')
    db.pragma(`wal_autocheckpoint = ${Math.floor(largestLogBytes / (db.pragma('page_size', { simple: true }) as number))}`)
    db.pragma(`busy_timeout = ${lockLimitMs}`)
    const count = db.prepare<[], number>('SELECT total_changes()').pluck()
    const begun = { changes: 0, lookAt: 0, checkpointedBytes: 0, checkpointAt: Number.NEGATIVE_INFINITY, trouble: null }
    this.#databases.push({ db, countChanges: () => count.get() as number, isMoved: watchFileLater(db.name), onMoved, ...begun })
  }

  /** Resolves when all that was committed until now is on the disk, or the disk refused it (`trouble`). */
  synced(): Promise<void> {
    // One at a time: signing in and looking up names need the few threads of Node's pool, too.
    this.#last = this.#last.then(async () => {
      for (const one of this.#databases) await this.#sync(one)
    })
    return this.#last
  }

  /** Why something is not on the disk that was stored; null: all is. */
  trouble(): ConsoleTrouble | null {
    return this.#databases.find(({ trouble }) => trouble !== null)?.trouble ?? null
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#loop
  }

  async #sync(one: Synced): Promise<void> {
    if (!one.db.open) return
    const changes = one.countChanges()
    const now = this.#clock.monotonic()
    if (changes === one.changes && now < one.lookAt) return
    one.lookAt = now + lookEveryMs
    const file = one.db.name
    if (await one.isMoved()) return this.#refused(one, { kind: 'fileMoved', file })
    if (one.trouble?.kind === 'fileMoved') one.trouble = null
    if (changes === one.changes) return
    try {
      await using log = await open(`${file}-wal`, 'r+')
      await log.datasync()
      const { size } = await log.stat()
      if (!(await this.#checkpointed(one, size)) && one.trouble !== null) return
      one.trouble = null
      one.changes = changes
    } catch (error) {
      this.#refused(one, { kind: 'notWritable', file, because: errorCode(error) })
    }
  }

  /** What is stored is not on the disk, or will be gone once the file is closed. Said once. */
  #refused(one: Synced, trouble: ConsoleTrouble): void {
    if (!one.db.open || one.trouble?.kind === trouble.kind) return
    one.trouble = trouble
    this.#log.error({ file: one.db.name }, consoleTroubleText(trouble, 'en'))
    if (trouble.kind === 'fileMoved') one.onMoved()
  }

  /** Whether its log has now been brought into the database; it is only where that is due. */
  async #checkpointed(one: Synced, size: number): Promise<boolean> {
    const now = this.#clock.monotonic()
    const isDue = size >= checkpointBytes && (size > one.checkpointedBytes || now - one.checkpointAt >= checkpointEveryMs)
    if (one.trouble === null && (!isDue || now - one.checkpointAt < againMs)) return false
    one.checkpointAt = now
    const isWhole = await this.#checkpoint(one.db.name)
    if (isWhole) one.checkpointedBytes = size
    return isWhole
  }
}
