import { createHash } from 'node:crypto'
import { fetch } from 'undici'
import { z } from 'zod'
import { type Clock, timeLimit } from '../../clock/clock.ts'
import { every } from '../../clock/every.ts'
import type { Slices } from '../../clock/slices.ts'
import type { CalendarProblem, Span } from '../../shared/maintenance.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { createWays } from '../http/proxies.ts'
import { failureCode } from '../http/serverFailure.ts'
import type { EnginePorts, Log } from '../ports.ts'
import { bodyWithin, readBounded } from '../readBounded.ts'
import type { Database } from '../storage/openDatabase.ts'
import { classifyStorageError } from '../storage/storageTrouble.ts'
import { storedJson } from '../storage/storedJson.ts'
import { mostCalendarBytes, readCalendar } from './calendar.ts'

const limitMs = 20_000
const mostRedirects = 5

export function isUrl(calendar: string): boolean {
  return /^https?:/i.test(calendar)
}
const tooLarge: CalendarProblem = { kind: 'tooLarge' }
const unreachable = (error: unknown): CalendarProblem => ({ kind: 'unreachable', code: failureCode(error) })

/** Reads calendars from URLs and files, up to a maximum size. */
export function createCalendarFetch(clock: Clock, userAgent: string, systemProxy?: EnginePorts['systemProxy']) {
  const ways = createWays(limitMs, systemProxy)
  const fromUrl = async (
    url: string,
    proxy: string | null | undefined,
    parent: AbortSignal,
    redirects = mostRedirects,
  ): Promise<Result<string, CalendarProblem>> => {
    using limit = timeLimit(clock, limitMs, parent)
    try {
      const answer = await fetch(url, {
        dispatcher: await ways.to(url, proxy),
        headers: { accept: 'text/calendar', 'user-agent': userAgent },
        redirect: 'manual',
        signal: limit.signal,
      })
      if (!answer.ok) {
        await answer.body?.cancel()
        const next = answer.status < 400 ? URL.parse(answer.headers.get('location') ?? '', url) : null
        if (next === null) return err({ kind: 'unreachable', code: `HTTP ${answer.status}` })
        // Whoever names a calendar has this console ask one server, not what that one names (docs/adr/0021).
        if (next.origin !== new URL(url).origin || redirects === 0) return err({ kind: 'redirected', to: next.origin })
        return await fromUrl(next.href, proxy, limit.signal, redirects - 1)
      }
      const body = await bodyWithin(answer.body, mostCalendarBytes)
      return body === null ? err(tooLarge) : ok(body.toString('utf8'))
    } catch (error) {
      parent.throwIfAborted()
      return err(limit.signal.aborted ? { kind: 'unreachable', code: 'ETIMEDOUT' } : unreachable(error))
    }
  }
  const fromFile = async (path: string): Promise<Result<string, CalendarProblem>> => {
    try {
      return ok(await readBounded(path, mostCalendarBytes))
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      return err(code === 'EFBIG' ? tooLarge : code === 'EINVAL' || code === 'EISDIR' ? { kind: 'notACalendar' } : unreachable(error))
    }
  }
  return {
    text: ({ calendar, proxy }: CalendarRef, signal: AbortSignal) => (isUrl(calendar) ? fromUrl(calendar, proxy, signal) : fromFile(calendar)),
    close: ways.close,
  }
}
export interface CalendarRef {
  readonly calendar: string
  readonly zone: string
  /** The proxy on the way to it. */
  readonly proxy?: string | null | undefined
}

interface CalendarState {
  readonly spans: readonly Span[]
  /** It has been read at least once, possibly before a restart. */
  readonly isKnown: boolean
  readonly readAt: number | null
  readonly problem: CalendarProblem | null
}

/** Dependencies of everything that follows plans. */
export interface PlansDeps {
  readonly clock: Clock
  readonly log: Log
  readonly db: Database
  readonly slices: Slices
  readonly userAgent: string
  readonly systemProxy?: EnginePorts['systemProxy']
  readonly signal: AbortSignal
}
interface CalendarsDeps extends PlansDeps {
  /** Purpose of the calendars; stored data of other purposes is not touched. */
  readonly use: string
  readonly onChange: () => void
}

/** How often a file is read, ms. */
const tickMs = 10_000
const everyMs = 900_000
const againMs = 60_000
/** An unchanged calendar is parsed again at this interval, ms, to include events that are near by then. */
const longestMs = 21_600_000

interface Followed extends CalendarRef {
  /** Key under which its windows are stored. */
  readonly key: string
  state: CalendarState
  dueAt: number
  /** Hash of the text that `state` was parsed from. */
  digest: string | null
  busy: Promise<void> | null
  /** Aborted as soon as it is no longer followed. */
  readonly ended: AbortController
}

const unread = { spans: [], isKnown: false, readAt: null } as const

/** Key in memory, needed at each lookup; the stored keys, which must not reveal the address, are slower to compute. */
const nameOf = ({ calendar, zone, proxy }: CalendarRef): string => [zone, calendar, ...(proxy ? [proxy] : [])].join('\n')
const keyOf = (use: string, ref: CalendarRef): string => `${use}:${createHash('sha256').update(nameOf(ref)).digest('hex')}`

/** Follows calendars. The windows last read from a calendar apply until it can be read again, even after a restart. */
export function createCalendars({ use, clock, log, db, slices, userAgent, systemProxy, onChange, signal }: CalendarsDeps) {
  const rows = createCalendarRows(db)
  const source = createCalendarFetch(clock, userAgent, systemProxy)
  /** By `nameOf`. */
  let followed = new Map<string, Followed>()

  const stateOf = async (text: string, { zone }: CalendarRef, parent: AbortSignal): Promise<CalendarState> => {
    const found = await readCalendar(text, { at: clock.now(), zone, slices, signal: parent })
    if (!found.ok) return { ...unread, problem: found.error }
    const { spans, leftOut } = found.value
    return { spans, isKnown: true, readAt: clock.now(), problem: leftOut === 0 ? null : { kind: 'damaged', events: leftOut } }
  }
  const read = async (ref: CalendarRef, parent: AbortSignal): Promise<CalendarState> => {
    const text = await source.text(ref, parent)
    return text.ok ? stateOf(text.value, ref, parent) : { ...unread, problem: text.error }
  }
  const renew = async (one: Followed): Promise<void> => {
    const wanted = AbortSignal.any([signal, one.ended.signal])
    const text = await source.text(one, wanted)
    const digest = text.ok ? createHash('sha256').update(text.value).digest('hex') : null
    one.dueAt = clock.now() + (!text.ok ? againMs : isUrl(one.calendar) ? everyMs : tickMs)
    if (digest !== null && digest === one.digest && one.state.readAt !== null && clock.now() < one.state.readAt + longestMs) return
    const next = text.ok ? await stateOf(text.value, one, wanted) : { ...unread, problem: text.error }
    one.digest = next.readAt === null ? null : digest
    if (next.readAt === null) one.dueAt = clock.now() + againMs
    one.state = next.readAt === null ? { ...one.state, problem: next.problem } : next
    if (next.readAt === null) log.warn({ problem: next.problem }, 'a calendar cannot be read')
    else rows.keep(one.key, next.spans)
    onChange()
  }
  const startRenewal = (one: Followed): void => {
    one.busy ??= renewIfDue(one)
      .catch((error: unknown) => {
        if (signal.aborted || one.ended.signal.aborted || classifyStorageError(error) !== null) return
        log.error({ error }, 'a calendar could not be handled')
      })
      .finally(() => {
        one.busy = null
      })
  }
  const renewIfDue = async (one: Followed): Promise<void> => {
    if (one.dueAt <= clock.now()) await renew(one)
  }
  void every(clock)(
    { intervalMs: tickMs, timeoutMs: null, seed: 'calendars', signal, onBug: (error) => log.error({ error }, 'calendars could not be looked at') },
    async () => {
      for (const one of followed.values()) startRenewal(one)
    },
  )

  return {
    /** Replaces the followed calendars. */
    follow: (refs: readonly CalendarRef[]): void => {
      const before = followed
      followed = new Map(
        refs.map((ref) => {
          const name = nameOf(ref)
          const known = before.get(name)
          if (known !== undefined) return [name, known]
          const key = keyOf(use, ref)
          const spans = rows.windows(key)
          const stored: Followed = {
            ...ref,
            key,
            state: { spans: spans ?? [], isKnown: spans !== null, readAt: null, problem: null },
            dueAt: Number.NEGATIVE_INFINITY,
            digest: null,
            busy: null,
            ended: new AbortController(),
          }
          return [name, stored]
        }),
      )
      for (const [name, one] of before) if (!followed.has(name)) one.ended.abort()
      rows.keepOnly(use, new Set(Array.from(followed.values(), ({ key }) => key)))
      for (const [name, one] of followed) if (!before.has(name)) startRenewal(one)
    },
    of: (ref: CalendarRef): CalendarState | null => followed.get(nameOf(ref))?.state ?? null,
    read,
    settled: async () => {
      await Promise.all(Array.from(followed.values(), ({ busy }) => busy))
    },
    close: source.close,
  }
}

const spansSchema = z.array(z.tuple([z.number(), z.number()]))

/** The windows last read from calendars: the only SQL on `calendars`. */
function createCalendarRows(db: Database) {
  const one = db.prepare('SELECT windows FROM calendars WHERE key = ?').pluck()
  const keep = db.prepare('INSERT INTO calendars (key, windows) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET windows = excluded.windows')
  const forget = db.prepare('DELETE FROM calendars WHERE key = ?')
  const keys = db.prepare('SELECT key FROM calendars').pluck()
  return {
    /** null: never read, or not stored. */
    windows: (key: string): readonly Span[] | null => {
      const read = spansSchema.safeParse(storedJson(one.get(key)))
      return read.success ? read.data.map(([from, to]) => ({ from, to })) : null
    },
    keep: (key: string, spans: readonly Span[]): void => void keep.run(key, JSON.stringify(spans.map(({ from, to }) => [from, to]))),
    /** Deletes the calendars of one use that no plan refers to. */
    keepOnly: (use: string, named: ReadonlySet<string>): void => {
      for (const key of keys.all() as readonly string[]) if (key.startsWith(`${use}:`) && !named.has(key)) void forget.run(key)
    },
  }
}
