import { existsSync, readdirSync } from 'node:fs'
import type { Clock, Timer } from '../../../clock/clock.ts'
import type { ConsoleTrouble } from '../../../shared/consoleTroubles.ts'
import { type NewEvent, newEvent } from '../../../shared/events.ts'
import type { Log } from '../../ports.ts'
import { damageText } from '../../storage/damageText.ts'
import type { ArchiverAsks, ArchiverWork, ArchiveUsage } from '../archiver/archiver.ts'
import { dayStartOf, type StoreLimits, type WriterAsks } from '../protocol/protocol.ts'
import { type StoreThread, StoreThreadError } from './storeThread.ts'

/** Makes archives of days that are over, keeps them to their limits and sets aside those that are damaged. Nothing in it is urgent. */
export interface ArchiveLoop {
  /** Resolves when archives may be read: what a kill left half done is mended. */
  readonly mended: Promise<void>
  /** Of each tier, as it was found last. */
  readonly usage: () => readonly ArchiveUsage[]
  /** In words, why days that are over are not archived; null: they are. */
  readonly trouble: () => ConsoleTrouble | null
  /** A file could not be read as it should: it is looked at soon. */
  readonly doubt: (name: string) => void
  /** Limits have changed. */
  readonly soon: () => void
  /** The thread, for what else is made of archives. It is started where it does not run. */
  readonly ask: <K extends keyof ArchiverAsks & string>(kind: K, input: ArchiverAsks[K][0], signal?: AbortSignal) => Promise<ArchiverAsks[K][1]>
  readonly busy: () => boolean
  readonly idle: () => Promise<void>
  /** Ends the thread at once, as when history.db is replaced; it is restarted when it is needed. */
  readonly drop: () => void
  readonly close: () => Promise<void>
}

export interface ArchiveLoopDeps {
  readonly clock: Clock
  readonly log: Log
  /** Where archives lie. */
  readonly folder: string
  readonly startThread: (onDeath: (error: unknown) => void) => StoreThread<Record<never, never>, ArchiverAsks>
  readonly askWriter: <K extends keyof WriterAsks & string>(kind: K, input: WriterAsks[K][0]) => Promise<WriterAsks[K][1]>
  readonly limits: () => StoreLimits
  /** Room on the disk; null: not known. */
  readonly freeBytes: () => number | null
  readonly record: (events: readonly NewEvent[]) => void
  /** Makes readers close these files. */
  readonly release: (names: readonly string[]) => Promise<void>
}

/** What a server began before midnight is sealed by then. */
const settleMs = 15 * 60_000
const lookEveryMs = 60_000
/** Files that somebody put into the folder, limits, and the checksums of a file. */
const tendEveryMs = 3_600_000
/** After a failure: half an archive is much work. */
const retryMs = 600_000
/** Of the disk, whatever the day takes. */
const spareBytes = 200e6
/** Between two steps, so that commits and questions come in between. */
const pauseMs = 20

export function createArchiveLoop(deps: ArchiveLoopDeps): ArchiveLoop {
  const { clock, log, folder, askWriter } = deps
  let thread: StoreThread<Record<never, never>, ArchiverAsks> | null = null
  let opened: Promise<unknown> = Promise.resolve()
  let usage: readonly ArchiveUsage[] = []
  let doubted = new Set<string>()
  let timer: Timer | null = null
  let pause: { readonly timer: Timer; readonly end: () => void } | null = null
  let running: Promise<void> | null = null
  let tendAt = Number.NEGATIVE_INFINITY
  /** After a failure. */
  let daysAt = Number.NEGATIVE_INFINITY
  let trouble: ConsoleTrouble | null = null
  let closed = false

  const threadOf = (): StoreThread<Record<never, never>, ArchiverAsks> => {
    if (thread) return thread
    const started = deps.startThread((error) => {
      log.error({ error: error instanceof Error ? error.stack : String(error) }, 'the thread that archives the history died')
      if (thread === started) thread = null
    })
    thread = started
    opened = started.ask('open', null)
    opened.catch(() => {
      if (thread === started) thread = null
      return started.terminate()
    })
    return started
  }
  const ask: ArchiveLoop['ask'] = async (kind, input, signal) => {
    if (closed) throw new StoreThreadError('the history is closed')
    const to = threadOf()
    await opened
    return to.ask(kind, input, signal)
  }

  const breathe = (): Promise<void> =>
    new Promise((resolve) => {
      // Whoever closes does not wait for the clock.
      if (closed) {
        resolve()
        return
      }
      const end = (): void => {
        pause = null
        resolve()
      }
      pause = { timer: clock.setTimeout(end, pauseMs), end }
    })

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
    while (!closed && (await askWriter('dropDay', work.drop)).more) await breathe()
  }

  /** All that is to be done now. */
  const run = async (): Promise<void> => {
    const now = clock.now()
    // In the first minutes of a day the last one is not over yet.
    const asOf = now - dayStartOf(now) < settleMs ? dayStartOf(now) - 1 : now
    const oldestDay = await askWriter('oldestDay', null)
    const isTended = now < tendAt && now > tendAt - 2 * tendEveryMs
    const hasDays = oldestDay !== null && oldestDay.from < dayStartOf(asOf) && (now >= daysAt || now < daysAt - retryMs)
    if (!hasDays && doubted.size === 0 && (isTended || !hasFiles(folder))) return
    const asked = doubted
    doubted = new Set()
    for (const name of asked) {
      const found = await ask('verify', { now, name })
      if (found) await carryOut(found)
    }
    const dropped = new Set<number>()
    for (;;) {
      const day = await askWriter('oldestDay', null)
      if (!hasRoom(day !== null && day.from < dayStartOf(asOf) ? day : null)) break
      daysAt = now + retryMs
      const unsealedFrom = await askWriter('unsealedFrom', null)
      const work = await ask('archive', { now: asOf, unsealedFrom, limits: deps.limits() })
      daysAt = Number.NEGATIVE_INFINITY
      if (closed || !work) break
      // What could not be dropped comes again: not before the next look.
      if (work.drop && dropped.has(work.drop.dayStart)) break
      if (work.drop) dropped.add(work.drop.dayStart)
      await carryOut(work)
      await breathe()
      if (closed) return
    }
    for (;;) {
      const { unlist: names } = await ask('retain', { now, limits: deps.limits() })
      if (names.length === 0) break
      await unlist(names)
    }
    if (!isTended) {
      const found = await ask('verify', { now })
      if (found) await carryOut(found)
      tendAt = now + tendEveryMs
    }
    usage = await ask('usage', null)
  }

  /** A day lies twice on the disk until its archives are listed. */
  const hasRoom = (day: { readonly from: number; readonly bytes: number } | null): boolean => {
    const free = deps.freeBytes()
    const needed = (day?.bytes ?? 0) * 1.5 + spareBytes
    const enough = free === null || free > needed
    trouble =
      enough || day === null ? null : { kind: 'noRoomForArchive', day: new Date(day.from).toISOString().slice(0, 10), neededBytes: needed, freeBytes: free }
    return enough
  }

  const look = (): void => {
    if (timer) clock.clearTimeout(timer)
    timer = null
    if (running || closed) return
    running = run()
      .catch((error: unknown) => {
        // Told by whoever failed; what was not done is found again.
        if (!(error instanceof StoreThreadError)) throw error
      })
      .finally(() => {
        running = null
        if (!closed) timer = clock.setTimeout(look, lookEveryMs)
      })
  }

  const mended = hasFiles(folder)
    ? ask('idle', null).then(
        () => undefined,
        () => undefined,
      )
    : Promise.resolve()
  look()

  return {
    mended,
    usage: () => usage,
    trouble: () => trouble,
    doubt: (name) => {
      if (doubted.has(name)) return
      doubted.add(name)
      look()
    },
    soon: () => {
      tendAt = Number.NEGATIVE_INFINITY
      look()
    },
    ask,
    busy: () => thread?.busy() === true || (running !== null && pause === null),
    idle: async () => {
      if (thread?.busy() === true) await thread.idle()
      // What waits for the clock is idle.
      else if (running !== null && pause === null) await Promise.race([running, new Promise((resolve) => void setImmediate(resolve))])
    },
    drop: () => {
      void thread?.terminate()
      thread = null
    },
    close: async () => {
      closed = true
      if (timer) clock.clearTimeout(timer)
      timer = null
      if (pause) {
        clock.clearTimeout(pause.timer)
        pause.end()
      }
      const ended = thread
      thread = null
      // It stops between two slices.
      await ended?.ask('close', null).catch(() => {})
      await running
      await ended?.terminate()
    },
  }
}

const hasFiles = (folder: string): boolean => existsSync(folder) && readdirSync(folder).length > 0
