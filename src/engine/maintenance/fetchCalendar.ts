import { fetch } from 'undici'
import { type Clock, timeLimit } from '../../clock/clock.ts'
import type { CalendarProblem } from '../../shared/maintenance.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { failureCode } from '../http/failureCode.ts'
import { createWays } from '../http/proxies.ts'
import type { EnginePorts } from '../ports.ts'
import { readBounded } from '../readBounded.ts'
import { mostCalendarBytes } from './calendar.ts'

const limitMs = 20_000
const mostRedirects = 5

export function isUrl(calendar: string): boolean {
  return /^https?:/i.test(calendar)
}
const tooLarge: CalendarProblem = { kind: 'tooLarge', mostBytes: mostCalendarBytes }
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
        if (next === null) return err({ kind: 'status', status: answer.status })
        // Whoever names a calendar has this console ask one server, not what that one names (docs/adr/0021).
        if (next.origin !== new URL(url).origin || redirects === 0) return err({ kind: 'redirected', to: next.origin })
        return await fromUrl(next.href, proxy, limit.signal, redirects - 1)
      }
      const chunks: Uint8Array[] = []
      let bytes = 0
      for await (const chunk of answer.body ?? []) {
        bytes += chunk.byteLength
        // Leaving the loop closes the connection.
        if (bytes > mostCalendarBytes) return err(tooLarge)
        chunks.push(chunk)
      }
      return ok(Buffer.concat(chunks).toString('utf8'))
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
/** A calendar, and the time zone for times in it that name none. */
export interface CalendarRef {
  readonly calendar: string
  readonly zone: string
  /** The proxy on the way to it. */
  readonly proxy?: string | null | undefined
}
