import type { Clock } from '../../clock/clock.ts'
import type { Slices } from '../../clock/slices.ts'
import type { ServerError } from '../../shared/errors.ts'
import { err, type Result } from '../../shared/result.ts'
import { gateAt, mayGoTo } from '../http/mayGoTo.ts'
import { statusToServerError } from '../http/serverFailure.ts'
import { createServerPool, type ServerPool } from '../http/serverPool.ts'
import { inForm } from './apiAnswers.ts'
import { answerLimits, type FieldChecker } from './apiFields.ts'
import { readForwardLines } from './parseForwards.ts'
import type { ForwardsReading, ServerAccess } from './readings.ts'

interface ForwardMetrics {
  /** `address`: of the metrics, scheme, host and port. */
  readonly read: (address: string, signal: AbortSignal) => Promise<Result<ForwardsReading, ServerError>>
  readonly bytesRead: () => number
  readonly close: () => Promise<void>
}

interface ForwardMetricsOptions {
  readonly clock: Clock
  readonly access: ServerAccess
  readonly userAgent: string
  readonly checker: FieldChecker
  readonly slices: Slices
}

/** Reads the forward destinations of a server from its metrics, an endpoint of its own. */
export function createForwardMetrics({ clock, access, userAgent, checker, slices }: ForwardMetricsOptions): ForwardMetrics {
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
    read: async (address, signal) => {
      if (!/^https?:\/\//i.test(address) || !URL.canParse(address)) return err({ kind: 'noApiHere' })
      const { authorization } = access
      const headers: Readonly<Record<string, string>> = authorization === null || !mayGoTo(address, access.url) ? {} : { authorization }
      const pool = await poolFor(address)
      const reply = await pool.read('/metrics?type=forward_dests', signal, headers)
      if (!reply.ok) return reply
      const { status, body, arrivedAt, contentType } = reply.value
      if (status !== 200) return err(statusToServerError(reply.value, body.toString('utf8', 0, 2_000), headers.authorization !== undefined))
      if (!/^text\/plain\b/i.test(contentType)) return err({ kind: 'notMediaMtx', contentType: contentType.slice(0, 100), server: '' })
      return inForm(body, async () => ({ arrivedAt, paths: await readForwardLines(body, checker, slices.begin(), signal) }))
    },
    bytesRead: () => bytesBefore + (endpoint?.pool.bytesRead() ?? 0),
    close: async () => endpoint?.pool.close(),
  }
}
