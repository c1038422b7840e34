import { existsSync, readdirSync } from 'node:fs'
import type { Clock, Timer } from '../../../clock/clock.ts'
import type { ConsoleTrouble } from '../../../shared/consoleTroubles.ts'
import { type NewEvent, newEvent } from '../../../shared/events.ts'
import type { Log } from '../../ports.ts'
import { damageText } from '../../storage/openOrBegin.ts'
import type { ArchiverAsks, ArchiverWork } from '../archiver/archiver.ts'
import { dayStartOf, type StoreLimits, type WriterAsks } from '../protocol/protocol.ts'
import { ignoreThreadError, type StoreThread, StoreThreadError } from './storeThread.ts'

/** The thread that works on archives. It is started on demand. */
interface ArchiverThread extends Pick<StoreThread<Record<never, never>, ArchiverAsks>, 'busy' | 'idle'> {
  readonly ask: <K extends keyof ArchiverAsks & string>(kind: K, input: ArchiverAsks[K][0], signal?: AbortSignal) => Promise<ArchiverAsks[K][1]>
  /** Ends the thread at once. */
  readonly drop: () => void
  /** Stops the thread between two slices, waits for `work`, and does not start it again. */
  readonly close: (work: Promise<void> | null) => Promise<void>
}

type StartArchiver = (onDeath: (error: unknown) => void) => StoreThread<Record<never, never>, ArchiverAsks>

function createArchiverThread(start: StartArchiver, log: Log): ArchiverThread {
  let running: { readonly thread: ReturnType<StartArchiver>; readonly opened: Promise<unknown> } | null = null
  let closed = false

  const startOne = () => {
    const leave = (): void => {
      if (running === started) running = null
    }
    const thread = start((error) => {
      log.error({ error: error instanceof Error ? error.stack : String(error) }, 'the thread that archives the history died')
      leave()
    })
    const started = { thread, opened: thread.ask('open', null) }
    running = started
    started.opened.catch(() => {
      leave()
      return thread.terminate()
    })
    return started
  }

  return {
    ask: async (kind, input, signal) => {
      if (closed) throw new StoreThreadError('the history is closed')
      const { thread, opened } = running ?? startOne()
      await opened
      return thread.ask(kind, input, signal)
    },
    busy: () => running?.thread.busy() === true,
    idle: async () => running?.thread.idle(),
    drop: () => {
      void running?.thread.terminate()
      running = null
    },
    close: async (work) => {
      closed = true
      const ended = running?.thread
      running = null
      await ended?.ask('close', null).catch(() => {})
      await work
      await ended?.terminate()
    },
  }
}

/** Archive maintenance: archiving past days, enforcing retention limits, and checking files that may be damaged. */
type ArchiveWork = ReturnType<typeof createArchiveWork>

interface ArchiveWorkDeps {
  readonly clock: Clock
  readonly log: Log
  /** Folder of the archives. */
  readonly folder: string
  readonly askWriter: <K extends keyof WriterAsks & string>(kind: K, input: WriterAsks[K][0]) => Promise<WriterAsks[K][1]>
  readonly limits: () => StoreLimits
  /** Free bytes on the disk; null: unknown. */
  readonly freeBytes: () => number | null
  readonly record: (events: readonly NewEvent[]) => void
  /** Makes readers close these files. */
  readonly release: (names: readonly string[]) => Promise<void>
}

/** Wait after midnight until all rounds that began before it are sealed. */
const settleMs = 15 * 60_000
/** Interval of looking for files put into the folder, enforcing limits and verifying one file's checksums. */
const maintainEveryMs = 3_600_000
/** Wait after a failure, because half an archive is much work to lose. */
const retryMs = 600_000
/** Free disk space to leave, in addition to the size of the day. */
const spareBytes = 200e6

type OldestDay = WriterAsks['oldestDay'][1]

function createArchiveWork(
  deps: ArchiveWorkDeps,
  { ask }: Pick<ArchiverThread, 'ask'>,
  /** `pauseBetweenSteps` is awaited between two steps, so that commits and queries get their turn; after closing there are no more steps. */
  { isClosed, pauseBetweenSteps }: { readonly isClosed: () => boolean; readonly pauseBetweenSteps: () => Promise<void> },
) {
  const { clock, log, folder, askWriter, limits } = deps
  let toCheck = new Set<string>()
  let trouble: ConsoleTrouble | null = null
  let maintainAt = Number.NEGATIVE_INFINITY
  /** Earliest time at which a past day alone is a reason to run; postponed after a failure. */
  let archiveAt = Number.NEGATIVE_INFINITY

  const unlist = async (names: readonly string[]): Promise<void> => {
    for (const name of names) await askWriter('unlistArchive', { name })
    if (names.length > 0) await deps.release(names)
  }

  const carryOut = async (work: ArchiverWork): Promise<void> => {
    for (const words of work.words) log.warn({}, words)
    await unlist(work.unlist)
    for (const aside of work.setAside) {
      await askWriter('setAside', aside)
      log.error({ setAside: aside.file }, damageText(aside.damage))
      deps.record([newEvent('storeDamaged', clock.now(), aside.damage)])
    }
    for (const archive of work.list) await askWriter('listArchive', archive)
    if (!work.drop) return
    while (!isClosed() && (await askWriter('dropDay', work.drop)).more) await pauseBetweenSteps()
  }

  const verify = async (now: number, name?: string): Promise<void> => {
    const found = await ask('verify', name === undefined ? { now } : { now, name })
    if (found) await carryOut(found)
  }

  /** Whether the disk has room for a day's archives: the day is stored twice until they are listed. */
  const hasRoom = (day: OldestDay): boolean => {
    const free = deps.freeBytes()
    const needed = (day?.bytes ?? 0) * 1.5 + spareBytes
    const enough = free === null || free > needed
    trouble =
      enough || day === null ? null : { kind: 'noRoomForArchive', day: new Date(day.from).toISOString().slice(0, 10), neededBytes: needed, freeBytes: free }
    return enough
  }

  /** Archives the days that ended before `asOf`. */
  const archiveDays = async (now: number, asOf: number): Promise<void> => {
    const dropped = new Set<number>()
    for (;;) {
      const day = await askWriter('oldestDay', null)
      if (!hasRoom(isOver(day, asOf) ? day : null)) return
      archiveAt = now + retryMs
      const unsealedFrom = await askWriter('unsealedFrom', null)
      const work = await ask('archive', { now: asOf, unsealedFrom, limits: limits() })
      archiveAt = Number.NEGATIVE_INFINITY
      // A day that could not be dropped is offered again; leave it to the next run.
      if (isClosed() || !work || (work.drop && dropped.has(work.drop.dayStart))) return
      if (work.drop) dropped.add(work.drop.dayStart)
      await carryOut(work)
      await pauseBetweenSteps()
      if (isClosed()) return
    }
  }

  const keepToLimits = async (now: number): Promise<void> => {
    for (;;) {
      const { unlist: names } = await ask('retain', { now, limits: limits() })
      if (names.length === 0) return
      await unlist(names)
    }
  }

  return {
    /** Does everything that is due now. */
    run: async (): Promise<void> => {
      const now = clock.now()
      // In the first minutes of a day, the previous one may have unsealed rounds.
      const asOf = now - dayStartOf(now) < settleMs ? dayStartOf(now) - 1 : now
      const isMaintained = now < maintainAt && now > maintainAt - 2 * maintainEveryMs
      const hasDays = isOver(await askWriter('oldestDay', null), asOf) && (now >= archiveAt || now < archiveAt - retryMs)
      if (!hasDays && toCheck.size === 0 && (isMaintained || !hasFiles(folder))) return
      const asked = toCheck
      toCheck = new Set()
      for (const name of asked) await verify(now, name)
      await archiveDays(now, asOf)
      if (isClosed()) return
      await keepToLimits(now)
      if (!isMaintained) {
        await verify(now)
        maintainAt = now + maintainEveryMs
      }
    },
    /** Why past days are not archived; null: no problem. */
    trouble: (): ConsoleTrouble | null => trouble,
    /** Makes the next run check this file. Returns false if it was already going to. */
    checkSoon: (name: string): boolean => {
      if (toCheck.has(name)) return false
      toCheck.add(name)
      return true
    },
    /** Makes the next run do what is done only every `maintainEveryMs`, too. */
    maintainNext: (): void => {
      maintainAt = Number.NEGATIVE_INFINITY
    },
  }
}

const isOver = (day: OldestDay, asOf: number): boolean => day !== null && day.from < dayStartOf(asOf)

function hasFiles(folder: string): boolean {
  return existsSync(folder) && readdirSync(folder).length > 0
}

/** Archives past days, enforces retention limits and sets damaged archives aside, in the background. */
export interface ArchiveLoop extends Pick<ArchiveWork, 'trouble'>, Pick<ArchiverThread, 'ask' | 'busy' | 'idle' | 'drop'> {
  /** Resolves when archives may be read, after those left incomplete by a killed process were repaired. */
  readonly mended: Promise<void>
  /** Schedules a check of a file that a reader found damaged. */
  readonly checkSoon: (name: string) => void
  /** Schedules a run, as retention limits have changed. */
  readonly soon: () => void
  readonly close: () => Promise<void>
}

interface ArchiveLoopDeps extends ArchiveWorkDeps {
  readonly startThread: StartArchiver
}

const runEveryMs = 60_000
/** Pause between two steps. */
const pauseMs = 20

export function createArchiveLoop(deps: ArchiveLoopDeps): ArchiveLoop {
  const { clock } = deps
  let timer: Timer | null = null
  let currentPause: { readonly timer: Timer; readonly end: () => void } | null = null
  let running: Promise<void> | null = null
  let closed = false

  const pauseBetweenSteps = (): Promise<void> =>
    new Promise((resolve) => {
      // Closing does not wait for the timer.
      if (closed) {
        resolve()
        return
      }
      const end = (): void => {
        currentPause = null
        resolve()
      }
      currentPause = { timer: clock.setTimeout(end, pauseMs), end }
    })

  const thread = createArchiverThread(deps.startThread, deps.log)
  const work = createArchiveWork(deps, thread, { isClosed: () => closed, pauseBetweenSteps })
  /** Waiting for a timer counts as idle. */
  const isWorking = (): boolean => running !== null && currentPause === null

  const runIfIdle = (): void => {
    if (timer) clock.clearTimeout(timer)
    timer = null
    if (running || closed) return
    running = work
      .run()
      // Unfinished work is found again.
      .catch(ignoreThreadError)
      .finally(() => {
        running = null
        if (!closed) timer = clock.setTimeout(runIfIdle, runEveryMs)
      })
  }

  const nothing = (): void => {}
  const mended = hasFiles(deps.folder) ? thread.ask('idle', null).then(nothing, nothing) : Promise.resolve()
  runIfIdle()

  return {
    ask: thread.ask,
    drop: thread.drop,
    trouble: work.trouble,
    mended,
    checkSoon: (name) => {
      if (work.checkSoon(name)) runIfIdle()
    },
    soon: () => {
      work.maintainNext()
      runIfIdle()
    },
    busy: () => thread.busy() || isWorking(),
    idle: async () => {
      if (thread.busy()) await thread.idle()
      else if (isWorking()) await Promise.race([running, new Promise((resolve) => void setImmediate(resolve))])
    },
    close: async () => {
      closed = true
      if (timer) clock.clearTimeout(timer)
      timer = null
      if (currentPause) {
        clock.clearTimeout(currentPause.timer)
        currentPause.end()
      }
      await thread.close(running)
    },
  }
}
