import { existsSync, readdirSync } from 'node:fs'
import type { Clock, Timer } from '../../clock/clock.ts'
import type { ConsoleTrouble } from '../../shared/consoleTroubles.ts'
import { type NewEvent, newEvent } from '../../shared/events.ts'
import type { Log } from '../ports.ts'
import { damageText } from '../storage/openOrBegin.ts'
import type { ArchiverAsks, ArchiverWork } from './archiver/archiver.ts'
import { dayStartOf, type StoreLimits, type WriterAsks } from './protocol/protocol.ts'
import { ignoreThreadError, type ThreadPool } from './threads/threads.ts'

interface ArchiveLoopDeps {
  readonly clock: Clock
  readonly log: Log
  readonly folder: string
  readonly archiver: ThreadPool<ArchiverAsks>
  readonly askWriter: <K extends keyof WriterAsks & string>(kind: K, input: WriterAsks[K][0]) => Promise<WriterAsks[K][1]>
  readonly limits: () => StoreLimits
  readonly freeBytes: () => number | null
  readonly record: (events: readonly NewEvent[]) => void
  /** Makes readers close these files. */
  readonly release: (names: readonly string[]) => Promise<void>
}

const runEveryMs = 60_000
/** Pause between two steps, so that commits and queries get their turn. */
const pauseMs = 20
/** Wait after midnight until all rounds that began before it are sealed. */
const settleMs = 15 * 60_000
/** Interval of looking for files put into the folder, enforcing limits and verifying one file's checksums. */
const maintainEveryMs = 3_600_000
/** Wait after a failure, because half an archive is much work to lose. */
const retryMs = 600_000
/** Free disk space to leave, in addition to the size of the day. */
const spareBytes = 200e6

type OldestDay = WriterAsks['oldestDay'][1]

/** Archives past days, enforces retention limits and sets damaged archives aside, in the background. */
export class ArchiveLoop {
  readonly #deps: ArchiveLoopDeps
  /** Resolves when archives may be read, after those left incomplete by a killed process were repaired. */
  readonly mended: Promise<void>
  #timer: Timer | null = null
  #pause: { readonly timer: Timer; readonly end: () => void } | null = null
  #running: Promise<void> | null = null
  #closed = false
  #toCheck = new Set<string>()
  /** What was logged today (UTC): a file that can't be adopted is found again each hour. */
  #logged = { day: 0, words: new Set<string>() }
  #trouble: ConsoleTrouble | null = null
  #maintainAt = Number.NEGATIVE_INFINITY
  /** Earliest time at which a past day alone is a reason to run; postponed after a failure. */
  #archiveAt = Number.NEGATIVE_INFINITY

  constructor(deps: ArchiveLoopDeps) {
    this.#deps = deps
    const nothing = (): void => {}
    this.mended = hasFiles(deps.folder) ? deps.archiver.ask('idle', null).then(nothing, nothing) : Promise.resolve()
    this.#runIfIdle()
  }

  /** Why past days are not archived; null: no problem. */
  trouble(): ConsoleTrouble | null {
    return this.#trouble
  }

  /** Schedules a check of a file that a reader found damaged. */
  checkSoon(name: string): void {
    if (this.#toCheck.has(name)) return
    this.#toCheck.add(name)
    this.#runIfIdle()
  }

  /** Schedules a run with all that is done only every `maintainEveryMs`, as retention limits or the file have changed. */
  soon(): void {
    this.#maintainAt = Number.NEGATIVE_INFINITY
    this.#archiveAt = Number.NEGATIVE_INFINITY
    this.#runIfIdle()
  }

  busy(): boolean {
    return this.#deps.archiver.busy() || this.#isWorking()
  }

  async idle(): Promise<void> {
    if (this.#deps.archiver.busy()) await this.#deps.archiver.idle()
    else if (this.#isWorking()) await Promise.race([this.#running, new Promise((resolve) => void setImmediate(resolve))])
  }

  async close(): Promise<void> {
    const { clock, archiver } = this.#deps
    this.#closed = true
    if (this.#timer) clock.clearTimeout(this.#timer)
    this.#timer = null
    if (this.#pause) clock.clearTimeout(this.#pause.timer)
    this.#pause?.end()
    await archiver.close()
    await this.#running
  }

  /** Waiting for a timer counts as idle. */
  #isWorking(): boolean {
    return this.#running !== null && this.#pause === null
  }

  #runIfIdle(): void {
    const { clock } = this.#deps
    if (this.#timer) clock.clearTimeout(this.#timer)
    this.#timer = null
    if (this.#running || this.#closed) return
    this.#running = this.#run()
      // Unfinished work is found again.
      .catch(ignoreThreadError)
      .finally(() => {
        this.#running = null
        if (!this.#closed) this.#timer = clock.setTimeout(() => this.#runIfIdle(), runEveryMs)
      })
  }

  /** Closing does not wait for the timer. */
  #pauseBetweenSteps(): Promise<void> {
    if (this.#closed) return Promise.resolve()
    return new Promise((resolve) => {
      const end = (): void => {
        this.#pause = null
        resolve()
      }
      this.#pause = { timer: this.#deps.clock.setTimeout(end, pauseMs), end }
    })
  }

  /** Does everything that is due now. */
  async #run(): Promise<void> {
    const { clock, folder, askWriter } = this.#deps
    const now = clock.now()
    // In the first minutes of a day, the previous one may have unsealed rounds.
    const asOf = now - dayStartOf(now) < settleMs ? dayStartOf(now) - 1 : now
    const isMaintained = now < this.#maintainAt && now > this.#maintainAt - 2 * maintainEveryMs
    const isDue = now >= this.#archiveAt || now < this.#archiveAt - retryMs
    const hasDays = isDue && isOver(await askWriter('oldestDay', null), asOf)
    if (!hasDays && this.#toCheck.size === 0 && (isMaintained || !hasFiles(folder))) return
    const asked = this.#toCheck
    this.#toCheck = new Set()
    for (const name of asked) await this.#verify({ now, name })
    if (isDue) await this.#archiveDays(asOf)
    if (this.#closed) return
    await this.#keepToLimits(now)
    if (isMaintained) return
    await this.#verify({ now })
    this.#maintainAt = now + maintainEveryMs
  }

  async #verify(input: ArchiverAsks['verify'][0]): Promise<void> {
    const found = await this.#deps.archiver.ask('verify', input)
    if (found) await this.#carryOut(found)
  }

  async #archiveDays(asOf: number): Promise<void> {
    const { clock, askWriter, archiver, limits } = this.#deps
    const dropped = new Set<number>()
    for (;;) {
      const day = await askWriter('oldestDay', null)
      if (!this.#hasRoom(isOver(day, asOf) ? day : null)) return
      this.#archiveAt = clock.now() + retryMs
      const unsealedFrom = await askWriter('unsealedFrom', null)
      const work = await archiver.ask('archive', { now: asOf, unsealedFrom, limits: limits() })
      this.#archiveAt = work?.isPostponed ? clock.now() + retryMs : Number.NEGATIVE_INFINITY
      // A day that could not be dropped is offered again; leave it to the next run.
      if (this.#closed || !work || (work.drop && dropped.has(work.drop.dayStart))) return
      if (work.drop) dropped.add(work.drop.dayStart)
      await this.#carryOut(work)
      if (work.isPostponed) return
      await this.#pauseBetweenSteps()
      if (this.#closed) return
    }
  }

  /** Whether the disk has room for a day's archives: the day is stored twice until they are listed. */
  #hasRoom(day: OldestDay): boolean {
    const free = this.#deps.freeBytes()
    const needed = (day?.bytes ?? 0) * 1.5 + spareBytes
    this.#trouble = null
    if (free === null || free > needed) return true
    if (day) this.#trouble = { kind: 'noRoomForArchive', day: new Date(day.from).toISOString().slice(0, 10), neededBytes: needed, freeBytes: free }
    return false
  }

  async #keepToLimits(now: number): Promise<void> {
    const { archiver, limits, release, askWriter } = this.#deps
    const over = await archiver.ask('overLimits', { now, limits: limits() })
    for (const archive of over) {
      if (this.#closed) return
      // A full disk may refuse to unlist what has to go for it to have room again.
      await askWriter('unlistArchive', { name: archive.name }).catch(ignoreThreadError)
      await release([archive.name])
      await this.#carryOut(await archiver.ask('remove', archive))
    }
  }

  async #carryOut({ words, unlist, setAside, list, drop }: ArchiverWork): Promise<void> {
    const { clock, log, askWriter, record, release } = this.#deps
    const day = dayStartOf(clock.now())
    if (this.#logged.day !== day) this.#logged = { day, words: new Set() }
    for (const text of words) {
      if (!this.#logged.words.has(text)) log.warn({}, text)
      this.#logged.words.add(text)
    }
    for (const name of unlist) await askWriter('unlistArchive', { name })
    if (unlist.length > 0) await release(unlist)
    for (const damage of setAside) {
      log.error({ setAside: damage.setAside }, damageText(damage))
      record([newEvent('storeDamaged', clock.now(), damage)])
    }
    for (const archive of list) await askWriter('listArchive', archive)
    if (drop) while (!this.#closed && (await askWriter('dropDay', drop)).more) await this.#pauseBetweenSteps()
  }
}

const isOver = (day: OldestDay, asOf: number): boolean => day !== null && day.from < dayStartOf(asOf)

function hasFiles(folder: string): boolean {
  return existsSync(folder) && readdirSync(folder).length > 0
}
