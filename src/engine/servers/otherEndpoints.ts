import type { Clock } from '../../clock/clock.ts'
import type { Slice, Slices } from '../../clock/slices.ts'
import { withoutSlash } from '../../shared/endpoints.ts'
import type { ServerError } from '../../shared/errors.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { gateAt, signInAt } from '../http/gate.ts'
import { statusToServerError } from '../http/serverFailure.ts'
import { createServerPool, type ServerPool } from '../http/serverPool.ts'
import { answerLimits, checkFields, type FieldChecker, forwardFields, longestName, parseTime } from './apiFields.ts'
import type { ForwardReading, ForwardsReading, ServerAccess } from './readings.ts'
import { inForm } from './serverApi.ts'

export type ForwardMetrics = ReturnType<typeof createForwardMetrics>

interface ForwardMetricsOptions {
  readonly clock: Clock
  readonly access: ServerAccess
  readonly userAgent: string
  readonly checker: FieldChecker
  readonly slices: Slices
}

/** Reads the forward destinations of a server from its metrics, an endpoint of its own. */
export function createForwardMetrics({ clock, access, userAgent, checker, slices }: ForwardMetricsOptions) {
  let endpoint: { readonly address: string; readonly pool: ServerPool } | null = null
  let bytesBefore = 0
  const poolFor = async (address: string): Promise<ServerPool> => {
    if (endpoint?.address === address) return endpoint.pool
    bytesBefore += endpoint?.pool.bytesRead() ?? 0
    await endpoint?.pool.close()
    const pool = createServerPool({
      clock,
      url: address,
      fingerprint: access.fingerprint,
      gate: gateAt(address, access),
      userAgent,
      maxResponseBytes: answerLimits.metricsBytes,
      connections: 1,
    })
    endpoint = { address, pool }
    return pool
  }
  return {
    /** `address`: of the metrics, scheme, host and port. */
    read: async (address: string, signal: AbortSignal): Promise<Result<ForwardsReading, ServerError>> => {
      if (!/^https?:\/\//i.test(address) || !URL.canParse(address)) return err({ kind: 'noApiHere' })
      const headers = signInAt(address, access)
      const pool = await poolFor(address)
      const reply = await pool.read('/metrics?type=forward_dests', signal, headers)
      if (!reply.ok) return reply
      const { status, body, arrivedAt, contentType } = reply.value
      if (status !== 200) return err(statusToServerError(reply.value, body.toString('utf8', 0, 2_000), headers.authorization !== undefined))
      if (!/^text\/plain\b/i.test(contentType)) return err({ kind: 'notMediaMtx', contentType: contentType.slice(0, 100), server: '' })
      return inForm(body, async () => ({ arrivedAt, paths: await readForwardLines(body, checker, slices.begin(), signal) }))
    },
    bytesRead: (): number => bytesBefore + (endpoint?.pool.bytesRead() ?? 0),
    close: async (): Promise<void> => endpoint?.pool.close(),
  }
}

const line = /^(forward_dests(?:_outbound_bytes)?)\{([^{}]{1,2000})\} (\d{1,20})$/
const labels = /(\w{1,30})="([^"]*)"/g

/** Destinations by path from the lines of the metrics, in slices. Other lines mean nothing here. */
async function readForwardLines(
  body: Buffer,
  checker: FieldChecker,
  slice: Slice,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly ForwardReading[]>> {
  const found = new Map<string, Map<string, ForwardReading>>()
  let count = 0
  for (let from = 0, lines = 0; from < body.length; lines++) {
    if (lines % 64 === 63 && slice.isOver()) await slice.next(signal)
    const end = body.indexOf(0x0a, from)
    const [, name, tags = '', value] = line.exec(body.toString('utf8', from, end < 0 ? body.length : Math.min(end, from + 4_096))) ?? []
    from = end < 0 ? body.length : end + 1
    if (name === undefined) continue
    const tag = Object.fromEntries(Array.from(tags.matchAll(labels), ([, label, text]) => [label, text] as const))
    const { path = '' } = tag
    if (path === '' || path.length > longestName) continue
    const { id, type, state, outboundBytes } = checkFields(
      { ...tag, ...(name !== 'forward_dests' && { outboundBytes: Number(value) }) },
      forwardFields,
      checker,
    )
    if (!id) continue
    const ofPath = found.get(path) ?? new Map<string, ForwardReading>()
    const before = ofPath.get(id)
    if (before === undefined) {
      if (count === answerLimits.forwards || ofPath.size === answerLimits.forwardsOfPath) {
        checker.note('forward_dests', 'tooLong')
        continue
      }
      count++
    }
    found.set(path, ofPath)
    ofPath.set(id, {
      id,
      position: null,
      protocol: type ?? null,
      address: null,
      state: state ?? null,
      lastError: null,
      outboundBytes: outboundBytes ?? before?.outboundBytes ?? null,
    })
  }
  return new Map([...found].map(([path, ofPath]) => [path, [...ofPath.values()]]))
}

const mostBytes = 1_000_000
/** Starts are known to a millisecond, those of files more exactly: a moment within the segment. */
const withinMs = 1

export type PlaybackList = ReturnType<typeof createPlaybackList>
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
      const headers = signInAt(address, access)
      const reply = await pool.read(`${withoutSlash(endpoint.pathname)}/list?${query}`, signal, headers)
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
