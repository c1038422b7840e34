import type { Clock } from '../../clock/clock.ts'
import type { ServerError } from '../../shared/errors.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { gateAt, mayGoTo } from '../http/mayGoTo.ts'
import { statusToServerError } from '../http/serverFailure.ts'
import { createServerPool, type ServerPool } from '../http/serverPool.ts'
import { parseTime } from './parseTime.ts'
import type { ServerAccess } from './readings.ts'

const mostBytes = 1_000_000
/** Starts are known to a millisecond, those of files more exactly: a moment within the segment. */
const withinMs = 1

/** Asks a server's playback server, an endpoint of its own, how far segments reach. */
export function createPlaybackList({ clock, access, userAgent }: { readonly clock: Clock; readonly access: ServerAccess; readonly userAgent: string }) {
  let pool: ServerPool | null = null
  return {
    /** When what is recorded from `start` on ends, at `until` at the latest, epoch ms by the server's clock; null: it can't say that of this segment. */
    readEnd: async (address: string, path: string, start: number, until: number | null, signal: AbortSignal): Promise<Result<number | null, ServerError>> => {
      const endpoint = /^https?:\/\//i.test(address) ? URL.parse(address) : null
      if (endpoint === null) return err({ kind: 'noApiHere' })
      pool ??= createServerPool({
        clock,
        url: endpoint.href,
        fingerprint: access.fingerprint,
        gate: gateAt(address, access),
        userAgent,
        maxResponseBytes: mostBytes,
        connections: 1,
      })
      const from = start + withinMs
      const query = new URLSearchParams({ path, start: new Date(from).toISOString(), ...(until !== null && { end: new Date(until).toISOString() }) })
      const { authorization } = access
      const headers: Readonly<Record<string, string>> = authorization === null || !mayGoTo(address, access.url) ? {} : { authorization }
      const reply = await pool.read(`${endpoint.pathname.replace(/\/+$/, '')}/list?${query}`, signal, headers)
      if (!reply.ok) return reply
      const { status, body } = reply.value
      // It does not play this format, can't read the file, or it is gone.
      if (status === 400 || status === 404 || status === 500) return ok(null)
      if (status !== 200) return err(statusToServerError(reply.value, body.toString('utf8', 0, 2_000), headers.authorization !== undefined))
      return ok(endIn(body.toString('utf8'), from))
    },
    close: async () => pool?.close(),
  }
}

/** The end of the first entry, which begins at the moment that was asked for. */
function endIn(text: string, from: number): number | null {
  let first: { readonly start?: unknown; readonly duration?: unknown } | undefined
  try {
    first = (JSON.parse(text) as readonly (typeof first)[])?.[0]
  } catch {
    return null
  }
  const at = parseTime(first?.start)
  const seconds = first?.duration
  return at !== from || typeof seconds !== 'number' || !(seconds >= 0) ? null : at + seconds * 1_000
}
