import { randomUUID } from 'node:crypto'
import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import type { Clock } from '../../clock/clock.ts'
import { every } from '../../clock/every.ts'
import { reportCsv, reportDocument } from '../../i18n/reportText.ts'
import { documentHtml } from '../../shared/documentPage.ts'
import type { DossierMade } from '../../shared/dossier.ts'
import type { Span } from '../../shared/maintenance.ts'
import type { Operator } from '../../shared/permissions.ts'
import { mostMade, mostReports, type Report, type ReportInput, reportInputSchema } from '../../shared/reports.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { api, orNotFound, orRefused } from '../api.ts'
import type { Zone } from '../maintenance/windows.ts'
import type { MailedDocument } from '../notifications/notification.ts'
import type { Notifications } from '../notifications/notifications.ts'
import type { Log } from '../ports.ts'
import { createEntryRows } from '../storage/entryRows.ts'
import { attemptWrite } from '../storage/storageTrouble.ts'
import { packedJson, unpackedJson } from '../storage/storedJson.ts'
import { gatherReportFacts, type ReportFactsDeps } from './reportFacts.ts'

interface ReportsDeps extends ReportFactsDeps {
  readonly clock: Clock
  readonly log: Log
  readonly db: Database
  readonly zone: (name: string) => Zone
  /** Moments by a rule in a zone, at and after a moment. */
  readonly momentsOf: (rule: { readonly at: string; readonly zone: string; readonly rrule: string }) => (from: number, most: number) => readonly number[]
  readonly notifications: Pick<Notifications, 'sendDocument' | 'takesDocuments' | 'documentMessages'>
  /** Gives a page a link for a while. */
  readonly publish: (name: string, page: string) => DossierMade
  /** A bundle of the past is shown: nothing is due. */
  readonly isBundle: boolean
}

const tickMs = 5_000
const againMs = 60_000
/** One that is later than this says so, ms: it takes a while to make, and a console a while to start. */
const lateMs = 15 * 60_000
/** A clock that was set back by more has no time in common with what was done. */
const mostBackMs = 86_400_000
/** Older ones are not made up for. */
const mostMissedMs = 40 * 86_400_000
const mostMissed = 50

interface StoredReport {
  readonly id: string
  readonly input: ReportInput
  readonly by: string
  readonly changedAt: number
  readonly doneAt: number
}

/** Scheduled reports: each is made when it is due, kept, and mailed. */
export class Reports {
  readonly #deps: ReportsDeps
  readonly #rows: ReturnType<typeof createReportRows>
  #stored: readonly StoredReport[]
  /** Since when one could not be made, and when it is tried again (monotonic). */
  readonly #failing = new Map<string, { readonly since: number; readonly againAt: number }>()
  readonly #loop: Promise<void>
  readonly #ended = new AbortController()
  #making: Promise<unknown> = Promise.resolve()

  constructor(deps: ReportsDeps) {
    this.#deps = deps
    this.#rows = createReportRows(deps.db)
    this.#stored = this.#rows.all()
    const { clock, log } = deps
    const signal = AbortSignal.any([deps.signal, this.#ended.signal])
    const onBug = (error: unknown) => log.error({ error }, 'scheduled reports could not be looked after')
    this.#loop = deps.isBundle
      ? Promise.resolve()
      : every(clock)({ intervalMs: tickMs, firstDelayMs: tickMs, timeoutMs: null, seed: 'reports', signal, onBug }, () => this.#makeDue())
  }

  list(): readonly Report[] {
    return this.#stored.map((one) => this.#shown(one))
  }
  add(input: ReportInput, by: string): Result<Report, 'NAME_TAKEN' | 'TOO_MANY'> {
    if (this.#stored.length >= mostReports) return err('TOO_MANY')
    if (this.#isTaken(input.name, null)) return err('NAME_TAKEN')
    return ok(this.#keep({ id: randomUUID(), input, by, ...this.#fromNow() }))
  }
  update(id: string, input: ReportInput, by: string): Result<Report, 'NOT_FOUND' | 'NAME_TAKEN'> {
    if (this.#find(id) === null) return err('NOT_FOUND')
    if (this.#isTaken(input.name, id)) return err('NAME_TAKEN')
    this.#failing.delete(id)
    return ok(this.#keep({ id, input, by, ...this.#fromNow() }))
  }
  remove(id: string): Result<void, 'NOT_FOUND'> {
    if (this.#find(id) === null) return err('NOT_FOUND')
    this.#rows.remove(id)
    this.#failing.delete(id)
    this.#stored = this.#stored.filter((one) => one.id !== id)
    return ok(undefined)
  }
  /** Makes and sends it now; null: there is no such report. */
  async send(id: string, by: string): Promise<Report | null> {
    const one = this.#find(id)
    if (one === null) return null
    await this.#make(one, this.#deps.clock.now(), null, by)
    return this.#shown(one)
  }
  /** Makes it for an operator without keeping it; null: there is no such report. */
  async show(id: string, operator: Operator): Promise<DossierMade | null> {
    const one = this.#find(id)
    if (one === null) return null
    const { html } = await this.#documentOf(one.input, this.#deps.clock.now(), null, operator)
    return this.#deps.publish(`mtxdeck-report-${new Date(this.#deps.clock.now()).toISOString().slice(0, 10)}.html`, html)
  }
  /** A report that was made, by its key; null: it is none, or not kept any more. */
  document(key: string): MailedDocument | null {
    const id = Number(/^report-(\d+)-/.exec(key)?.[1] ?? Number.NaN)
    const made = Number.isNaN(id) ? null : this.#rows.made(id)
    return made !== null && keyOf(made) === key ? made.document : null
  }
  /** Resolves when none is being made. */
  async settled(): Promise<void> {
    await this.#making
  }
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort()
    await Promise.allSettled([this.#loop, this.#making])
  }

  #find(id: string): StoredReport | null {
    return this.#stored.find((one) => one.id === id) ?? null
  }
  #isTaken(name: string, exceptId: string | null): boolean {
    return this.#stored.some(({ id, input }) => id !== exceptId && input.name.toLowerCase() === name.toLowerCase())
  }
  /** What is entered or changed counts from now on. */
  #fromNow() {
    const now = Math.round(this.#deps.clock.now())
    return { changedAt: now, doneAt: now }
  }
  #keep(one: StoredReport): Report {
    this.#rows.keep(one)
    this.#stored = this.#find(one.id) === null ? [...this.#stored, one] : this.#stored.map((other) => (other.id === one.id ? one : other))
    return this.#shown(one)
  }
  #shown({ id, input, by, changedAt, doneAt }: StoredReport): Report {
    const { clock, notifications } = this.#deps
    const made = this.#rows.lastOf(id)
    return {
      ...{ ...input, id, by, changedAt },
      nextAt: input.enabled ? (this.#momentsAfter(input, Math.max(doneAt, clock.now()), 1)[0] ?? null) : null,
      last: made && {
        ...made,
        sent: notifications.documentMessages(keyOf(made)).map(({ channel, state, at, endedAt, failure }) => ({ channel, state, at, endedAt, failure })),
      },
      failingSince: this.#failing.get(id)?.since ?? null,
      noChannels: input.channels.filter((name) => !notifications.takesDocuments(name)),
    }
  }

  #momentsAfter(input: ReportInput, after: number, most: number): readonly number[] {
    return this.#deps
      .momentsOf({ at: input.at, zone: input.zone, rrule: rules[input.every] })(after, most + 1)
      .filter((at) => at > after)
  }
  /** When it was last due, of what is not done; null: nothing is due. */
  #dueAt({ input, doneAt }: StoredReport): number | null {
    if (!input.enabled) return null
    const now = this.#deps.clock.now()
    const after = Math.max(doneAt, now - mostMissedMs)
    // Mostly the first is still to come: to calculate fifty takes some milliseconds.
    const [first] = this.#momentsAfter(input, after, 1)
    return first === undefined || first > now ? null : (this.#momentsAfter(input, after, mostMissed).findLast((at) => at <= now) ?? null)
  }
  async #makeDue(): Promise<void> {
    const { clock, log, signal } = this.#deps
    for (const one of this.#stored) {
      if (one.doneAt - clock.now() > mostBackMs) attemptWrite(() => this.#keep({ ...one, doneAt: Math.round(clock.now()) }))
      const dueAt = this.#dueAt(one)
      const failing = this.#failing.get(one.id)
      if (dueAt === null || clock.monotonic() < (failing?.againAt ?? 0)) continue
      try {
        await this.#make(one, dueAt, dueAt, null)
        this.#failing.delete(one.id)
      } catch (error) {
        if (signal.aborted || this.#ended.signal.aborted) return
        log.warn({ error, report: one.input.name }, 'a scheduled report could not be made')
        this.#failing.set(one.id, { since: failing?.since ?? clock.now(), againAt: clock.monotonic() + againMs })
      }
    }
  }
  /** One after the other: each reads much. What is due is done once it is kept with its messages. */
  #make(one: StoredReport, asOf: number, dueAt: number | null, by: string | null): Promise<void> {
    const work = async () => {
      const document = await this.#documentOf(one.input, asOf, dueAt, null)
      const packed = await packedJson(document)
      const at = Math.round(this.#deps.clock.now())
      const made = this.#rows.addMade({ report: one.id, at, dueAt: dueAt && Math.round(dueAt), by }, packed)
      for (const channel of one.input.channels) this.#deps.notifications.sendDocument(keyOf(made), channel)
      // It may have been changed or removed meanwhile.
      const now = this.#find(one.id)
      if (dueAt !== null && now !== null) this.#keep({ ...now, doneAt: Math.max(now.doneAt, Math.round(dueAt)) })
    }
    const made = this.#making.then(work, work)
    this.#making = made.catch(() => undefined)
    return made
  }
  /** `operator`: whom it is for; null: the receivers of its channels, to whom all cameras are named. */
  async #documentOf(input: ReportInput, asOf: number, dueAt: number | null, operator: Operator | null): Promise<MailedDocument> {
    const isLate = dueAt !== null && this.#deps.clock.now() - dueAt > lateMs
    const period = periodOf(input.every, asOf, this.#deps.zone(input.zone))
    const facts = await gatherReportFacts(this.#deps, input, period, isLate ? dueAt : null, operator)
    const page = reportDocument(facts, input.language)
    return { title: page.title, html: documentHtml(page), csv: { name: `${fileName(input.name)}.csv`, content: reportCsv(facts) } }
  }
}

/** A main.db that was begun anew numbers anew. */
const keyOf = ({ id, at }: { readonly id: number; readonly at: number }): string => `report-${id}-${at}`
/** Of characters that every file system accepts. */
const fileName = (name: string): string =>
  name
    .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60) || 'report'

/** Each is of the period that has just ended. */
const rules = { day: 'FREQ=DAILY', week: 'FREQ=WEEKLY;BYDAY=MO', month: 'FREQ=MONTHLY;BYMONTHDAY=1' } as const satisfies Record<ReportInput['every'], string>

const dayMs = 86_400_000
/** The last whole day, week or month before a moment, on the clocks of a zone. */
export function periodOf(every: ReportInput['every'], at: number, zone: Zone): Span {
  const [year = 1970, month = 1, day = 1] = zone.wallAt(at).slice(0, 10).split('-').map(Number)
  const today = Date.UTC(year, month - 1, day)
  // Monday is the first day of a week.
  const monday = today - ((new Date(today).getUTCDay() + 6) % 7) * dayMs
  const [from, to] =
    every === 'day' ? [today - dayMs, today] : every === 'week' ? [monday - 7 * dayMs, monday] : [Date.UTC(year, month - 2, 1), Date.UTC(year, month - 1, 1)]
  const midnight = (wall: number) => zone.at(`${new Date(wall).toISOString().slice(0, 10)}T00:00:00`)
  return { from: midnight(from), to: midnight(to) }
}

interface MadeReport {
  readonly id: number
  readonly at: number
  readonly dueAt: number | null
  readonly by: string | null
}
const documentSchema = z.object({ title: z.string(), html: z.string(), csv: z.object({ name: z.string(), content: z.string() }) })

/** The only SQL on `reports` and `made_reports`. */
function createReportRows(db: Database) {
  const rows = createEntryRows<StoredReport>(db, 'reports', { input: reportInputSchema, by: null, changedAt: null, doneAt: null })
  const removeMade = db.prepare('DELETE FROM made_reports WHERE report = ?')
  const insertMade = db.prepare('INSERT INTO made_reports (report, at, due_at, by, document) VALUES (?, ?, ?, ?, ?)')
  const trimMade = db.prepare('DELETE FROM made_reports WHERE report = ? AND id NOT IN (SELECT id FROM made_reports WHERE report = ? ORDER BY id DESC LIMIT ?)')
  const lastOf = db.prepare<[string], MadeReport>('SELECT id, at, due_at AS dueAt, by FROM made_reports WHERE report = ? ORDER BY id DESC LIMIT 1')
  const made = db.prepare<[number], MadeReport & { readonly document: Buffer }>('SELECT id, at, due_at AS dueAt, by, document FROM made_reports WHERE id = ?')
  return {
    /** One that can't be read is left out. */
    all: (): readonly StoredReport[] => rows.all().entries,
    keep: rows.keep,
    remove: (id: string): void =>
      db.transaction(() => {
        rows.remove(id)
        removeMade.run(id)
      })(),
    addMade: ({ report, at, dueAt, by }: Omit<MadeReport, 'id'> & { readonly report: string }, packed: Uint8Array): MadeReport =>
      db.transaction(() => {
        const { lastInsertRowid } = insertMade.run(report, at, dueAt, by, packed)
        trimMade.run(report, report, mostMade)
        return { id: Number(lastInsertRowid), at, dueAt, by }
      })(),
    lastOf: (report: string): MadeReport | null => lastOf.get(report) ?? null,
    made: (id: number): (MadeReport & { readonly document: MailedDocument }) | null => {
      const row = made.get(id)
      const document = row && documentSchema.safeParse(unpackedJson(row.document)).data
      return row === undefined || document === undefined ? null : { ...row, document }
    },
  }
}

export function reportsRouter(reports: Reports) {
  return {
    list: api.reports.list.handler(() => [...reports.list()]),
    add: api.reports.add.handler(({ input, context, errors }) => orRefused(reports.add(input, context.operator.name), errors)),
    update: api.reports.update.handler(({ input, context, errors }) => orRefused(reports.update(input.id, input.change, context.operator.name), errors)),
    remove: api.reports.remove.handler(({ input, errors }) => {
      orRefused(reports.remove(input.id), errors)
    }),
    send: api.reports.send.handler(async ({ input, context, errors }) => orNotFound(await reports.send(input.id, context.operator.name), errors)),
    show: api.reports.show.handler(async ({ input, context, errors }) => orNotFound(await reports.show(input.id, context.operator), errors)),
  }
}
