import { statfs } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Clock, Timer } from '../../clock/clock.ts'
import type { ConsoleTrouble } from '../../shared/consoleTroubles.ts'
import { type Damage, type NewEvent, newEvent } from '../../shared/events.ts'
import type { KeepLimit } from '../../shared/history.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { Kept } from '../../shared/tiers.ts'
import type { Log } from '../ports.ts'
import type { DatabaseError } from '../storage/openDatabase.ts'
import { damageText } from '../storage/openOrBegin.ts'
import { ArchiveLoop } from './archiveLoop.ts'
import type { ArchiverAsks } from './archiver/archiver.ts'
import type { AskedAt, Space, StoreLimits, StoreQueries, StoreWorkerStart, WriterAsks, WriterNotes, WriterTurn } from './protocol/protocol.ts'
import { createStoreThread, ignoreThreadError, QueryThreads, type StoreThread, StoreThreadError, ThreadPool } from './threads/threads.ts'
import { createBatchLists, createSampleBacklog, keptEvent } from './unsentBatches.ts'

export interface HistoryDeps {
  readonly clock: Clock
  readonly log: Log
  /** Folder of history.db. The caller holds its lock. */
  readonly dataDir: string
  /** Entry of the store's threads: storeWorker.ts, or its bundle. */
  readonly storeWorker: URL
  readonly version?: string
  readonly keep?: { readonly [K in Kept]?: Partial<KeepLimit> }
  /** Called with each damage of a file that is recorded. */
  readonly onDamage?: (damage: NewEvent) => void
  /** Reads the free space on the data folder's disk; replaced in tests. */
  readonly readSpace?: () => Promise<Space>
}

interface HistoryThreadsDeps extends HistoryDeps {
  readonly limits: () => StoreLimits
  readonly record: (events: readonly NewEvent[]) => void
}

type WriterThread = StoreThread<WriterNotes, WriterAsks>

/** Threads for queries, in addition to the engine's thread and the store's writer and archiver. */
const queryThreadCount = 2
const firstRestartMs = 1000
const longestRestartMs = 60_000
/** A crash loses at most this much data. */
const commitEveryMs = 1000
const maintainEveryMs = 10_000
/** Delay between steps while much is to be sealed or dropped: steps are short, so that commits and queries get their turn. */
const maintainAgainMs = 50

/**
 * The threads of the store: one writes and is kept running, some read and one archives, each while there is work for it. All of
 * them are informed of a new history.db.
 */
export class HistoryThreads {
  readonly #deps: HistoryThreadsDeps
  /** Cleared where the writer has lost what they mirror. */
  readonly lists = createBatchLists()
  readonly backlog: ReturnType<typeof createSampleBacklog>
  readonly #queries: QueryThreads
  readonly #archiver: ThreadPool<ArchiverAsks>
  #archives!: ArchiveLoop
  /** What was told already: every query may run into the same damage again. */
  readonly #told = new Set<string>()
  /** The thread that writes now, or the last one if none is running. */
  #writer!: WriterThread
  #trouble: ConsoleTrouble | null = null
  #closed = false

  #restartTimer: Timer | null = null
  #restartMs = firstRestartMs
  #restarting: Promise<void> | null = null

  #commitTimer: Timer | null = null
  #committing = false
  #maintainTimer: Timer | null = null
  #maintaining: Promise<void> | null = null
  #freeBytes: number | null = null

  #mending: Promise<void> | null = null

  constructor(deps: HistoryThreadsDeps) {
    this.#deps = deps
    const { clock, log, storeWorker: entry } = deps
    this.backlog = createSampleBacklog(clock, log)
    const shared = { clock, log, entry, onBroken: (words: string) => this.#onBroken(words) }
    this.#queries = new QueryThreads({
      ...shared,
      start: this.#startOf('query'),
      size: queryThreadCount,
      onDamage: (file, words) => this.#onDamage(file, words),
    })
    this.#archiver = new ThreadPool<ArchiverAsks>({ ...shared, start: this.#startOf('archiver'), size: 1, what: 'archives' })
  }

  /** Starts the writer and, once it has the file open, all that needs one. There is no retry. To be called once, before anything else. */
  async open(): Promise<Result<void, DatabaseError>> {
    const { clock, log, dataDir, limits, record } = this.#deps
    const first = await this.#startWriter()
    if (!first.ok) return first
    this.#writer = first.value
    this.#maintain()
    this.#archives = new ArchiveLoop({
      clock,
      log,
      folder: join(dataDir, 'history'),
      archiver: this.#archiver,
      askWriter: (kind, input) => this.#writer.ask(kind, input),
      limits,
      freeBytes: () => this.#freeBytes,
      record,
      release: (names) => this.#queries.askAll('release', names),
    })
    return ok(undefined)
  }

  get writer(): WriterThread {
    return this.#writer
  }

  /** Archives what is over, and keeps to the limits, soon. */
  archiveSoon(): void {
    this.#archives.soon()
  }

  get isClosed(): boolean {
    return this.#closed
  }

  /** Asks a thread that reads, once archives may be read. */
  async query<K extends keyof StoreQueries & string>(kind: K, input: StoreQueries[K][0], signal?: AbortSignal): Promise<StoreQueries[K][1]> {
    await this.#archives.mended
    // Closing takes a while, in which no thread must be started any more.
    if (this.#closed) throw new StoreThreadError('the history is closed')
    return this.#queries.ask(kind, input, signal)
  }

  archive<K extends keyof ArchiverAsks & string>(kind: K, input: ArchiverAsks[K][0], signal?: AbortSignal): Promise<ArchiverAsks[K][1]> {
    return this.#archiver.ask(kind, input, signal)
  }

  /** Why it can't store everything now, as known at the last commit; null: it can. */
  trouble(): ConsoleTrouble | null {
    return this.#trouble ?? (this.backlog.isDropping() ? { kind: 'diskSlow', folder: this.#deps.dataDir } : this.#archives.trouble())
  }

  asked(): boolean {
    return this.#writer.asked() || this.#queries.busy() || this.#archives.busy()
  }

  /** Resolves when no message to or from the threads is in flight. */
  async settled(): Promise<void> {
    const writing = (): Promise<void>[] => [this.#mending, this.#maintaining, this.#restarting].filter((one) => one !== null)
    while (writing().length > 0 || this.#writer.busy() || this.#queries.busy() || this.#archives.busy()) {
      await Promise.all([...writing(), this.#archives.idle()])
      await Promise.all([this.#writer.idle(), this.#queries.idle()])
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    for (const timer of [this.#commitTimer, this.#maintainTimer, this.#restartTimer]) if (timer) this.#deps.clock.clearTimeout(timer)
    await Promise.all([this.#mending, this.#maintaining, this.#restarting])
    await this.#archives.close()
    await this.#queries.close()
    // The writer closes last, when no query thread holds the log any more: SQLite then checkpoints it into the file.
    await this.#writer.ask('close', null).catch(ignoreThreadError)
    await this.#writer.terminate()
  }

  #startOf(role: StoreWorkerStart['role']): StoreWorkerStart {
    const { dataDir, limits, version = '' } = this.#deps
    return { role, file: join(dataDir, 'history.db'), archives: join(dataDir, 'history'), limits: limits(), madeBy: `mtxdeck ${version}`.trim() }
  }

  async #startWriter(): Promise<Result<WriterThread, DatabaseError>> {
    const { clock, log, storeWorker: entry } = this.#deps
    const thread: WriterThread = createStoreThread({
      entry,
      start: this.#startOf('writer'),
      log,
      onDeath: (error) => {
        if (this.#writer === thread) this.#writerDied(error)
      },
    })
    const { error, newFile } = await thread.ask('open', { now: clock.now() })
    if (error) {
      await thread.terminate()
      return err(error)
    }
    if (newFile !== null) this.#reportNewFile(thread, newFile)
    return ok(thread)
  }

  /** Starts another one after a while. Messages in flight to it are lost. */
  #writerDied(error: unknown): void {
    if (this.#closed) return
    const { clock, log } = this.#deps
    log.error({ error: error instanceof Error ? error.stack : String(error) }, 'the thread that writes the history died')
    this.#trouble = { kind: 'writerFailed' }
    this.lists.clear()
    this.backlog.clear()
    this.#committing = false
    // Query threads and archiver may have the file open that the next writer sets aside.
    void this.#queries.drop()
    void this.#archiver.drop()
    this.#restartTimer = clock.setTimeout(() => {
      this.#restartTimer = null
      this.#restartMs = Math.min(this.#restartMs * 2, longestRestartMs)
      this.#restarting = this.#restart().finally(() => {
        this.#restarting = null
      })
    }, this.#restartMs)
  }

  async #restart(): Promise<void> {
    try {
      const again = await this.#startWriter()
      if (!again.ok) {
        this.#writerDied(new Error(again.error.words))
        this.#trouble = again.error.trouble
      } else if (this.#closed) await again.value.terminate()
      else {
        this.#writer = again.value
        // Batches appended meanwhile were lost, and their lists with them.
        this.lists.clear()
        this.#trouble = null
      }
    } catch (failure) {
      this.#writerDied(failure)
    }
  }

  soonCommit(): void {
    if (!this.#closed) this.#commitTimer ??= this.#deps.clock.setTimeout(() => this.#commit(), commitEveryMs)
  }

  #commit(): void {
    this.#commitTimer = null
    if (this.#committing) {
      this.soonCommit()
      return
    }
    this.#committing = true
    const onEnd = this.backlog.onCommit()
    this.#writer
      .ask('commit', this.#askedAt())
      .then((turn) => {
        // The thread did useful work.
        this.#restartMs = firstRestartMs
        this.#take(turn)
        if (turn.more) this.#maintainSooner()
      }, ignoreThreadError)
      .finally(() => {
        onEnd()
        this.#committing = false
      })
  }

  #maintain(): void {
    this.#maintainTimer = null
    this.#maintaining = this.#maintainOnce()
      .catch((error) => {
        ignoreThreadError(error)
        this.#maintainIn(maintainEveryMs)
      })
      .finally(() => {
        this.#maintaining = null
      })
  }

  async #maintainOnce(): Promise<void> {
    // If free space can't be read, a failed write will reveal a full disk.
    const space = await (this.#deps.readSpace ?? (() => diskSpace(this.#deps.dataDir)))().catch(() => null)
    this.#freeBytes = space?.freeBytes ?? null
    if (this.#closed) return
    const turn = await this.#writer.ask('maintain', { ...this.#askedAt(), space })
    this.#take(turn)
    this.#maintainIn(turn.more ? maintainAgainMs : maintainEveryMs)
  }

  #maintainIn(ms: number): void {
    if (!this.#closed) this.#maintainTimer = this.#deps.clock.setTimeout(() => this.#maintain(), ms)
  }

  /** Brings the next maintenance forward, because rounds are waiting to be sealed. */
  #maintainSooner(): void {
    if (!this.#maintainTimer) return
    this.#deps.clock.clearTimeout(this.#maintainTimer)
    this.#maintainIn(maintainAgainMs)
  }

  #askedAt(): AskedAt {
    const { clock } = this.#deps
    return { now: clock.now(), monotonic: clock.monotonic() }
  }

  #take({ trouble, newFile, damages }: WriterTurn): void {
    this.#trouble = trouble
    if (newFile !== null) this.#onNewFile(newFile)
    for (const damage of damages) this.#recordDamage(damage)
  }

  /** A reading thread could not read a part of a file. */
  #onDamage(file: string, words: string): void {
    const isFirst = (key: string): boolean => {
      const isKnown = this.#told.has(key)
      this.#told.add(key)
      return !isKnown
    }
    if (!isFirst(`${file} ${words}`)) return
    const name = basename(file)
    this.#deps.log.error({ file }, `a part of the history cannot be read: ${words}`)
    if (name !== 'history.db') this.#archives.checkSoon(name)
    else if (isFirst(file)) this.#recordDamage({ damage: 'partUnreadable', file: name })
  }

  #recordDamage(damage: Damage): void {
    const { clock, log, record } = this.#deps
    log.warn(damage, damageText(damage))
    record([newEvent('storeDamaged', clock.now(), damage)])
  }

  /** A reading thread found history.db damaged. */
  #onBroken(words: string): void {
    this.#deps.log.error({}, `the history is damaged: ${words}`)
    this.#mending ??= this.#mend()
      .catch(ignoreThreadError)
      .finally(() => {
        this.#mending = null
      })
  }

  /** Lets the writer replace the file if it is damaged. */
  async #mend(): Promise<void> {
    const { newFile } = await this.#writer.ask('mend', { now: this.#deps.clock.now() })
    if (newFile !== null) this.#onNewFile(newFile)
  }

  /** The writer has started a new file. */
  #onNewFile(damage: Damage): void {
    this.#reportNewFile(this.#writer, damage)
    if (this.#closed) return
    this.lists.clear()
    void this.#queries.drop()
    void this.#archiver.drop()
    // Makes the archiver list the archives in the new file.
    this.#archives.soon()
  }

  #reportNewFile(thread: WriterThread, damage: Damage): void {
    const { clock, log, onDamage } = this.#deps
    log.error(damage, damageText(damage))
    const event = newEvent('storeDamaged', clock.now(), damage)
    thread.note('events', [keptEvent(event)])
    onDamage?.(event)
    this.soonCommit()
  }
}

async function diskSpace(dir: string): Promise<Space> {
  const { bavail, blocks, bsize } = await statfs(dir)
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize }
}
