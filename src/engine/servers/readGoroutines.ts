import { type Clock, timeLimit } from '../../clock/clock.ts'
import type { Gate } from '../http/gate.ts'
import { gateAt, mayGoTo } from '../http/mayGoTo.ts'
import { createServerPool } from '../http/serverPool.ts'

const limitMs = 3_000
/** The answer has one entry per group of equal stacks; only its first line is used. */
const maxBytes = 8_000_000

interface GoroutinesRequest {
  readonly clock: Clock
  /** Scheme, host and port of pprof. */
  readonly address: string
  /** URL of the server's API. */
  readonly url: string
  readonly authorization: string | null
  readonly fingerprint: string | null
  readonly gate?: Gate | null
  readonly userAgent: string
  readonly signal: AbortSignal
}

/** Number of goroutines of a media server, from its pprof; null: no answer, or access refused. */
export async function readGoroutines(request: GoroutinesRequest): Promise<number | null> {
  const { clock, address, url, authorization, fingerprint, userAgent, signal } = request
  if (!/^https?:\/\//i.test(address) || !URL.canParse(address)) return null
  const pool = createServerPool({ clock, url: address, fingerprint, gate: gateAt(address, request), userAgent, maxResponseBytes: maxBytes, connections: 1 })
  try {
    using limit = timeLimit(clock, limitMs, signal)
    const reply = await pool.read('/debug/pprof/goroutine?debug=1', limit.signal, authorization === null || !mayGoTo(address, url) ? {} : { authorization })
    if (!reply.ok || reply.value.status !== 200) return null
    const total = /^goroutine profile: total (\d{1,12})\s/.exec(reply.value.body.toString('latin1', 0, 200))?.[1]
    return total === undefined ? null : Number(total)
  } finally {
    await pool.close()
  }
}
