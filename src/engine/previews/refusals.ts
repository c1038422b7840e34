import type { Clock } from '../../clock/clock.ts'
import type { ServerError } from '../../shared/errors.ts'
import type { PictureReason } from '../../shared/previews.ts'
import { err } from '../../shared/result.ts'

/** For how long a refusal is answered from memory: the server delays and logs each wrong password, and its operator may ban us for them. */
const refusedForMs = 60_000
const mostRefusals = 1_000

/** Credentials that servers refused a short while ago. `key`: of whom, for what, and with which credentials. */
export function createRefusals(clock: Pick<Clock, 'monotonic'>) {
  const refusals = new Map<string, { readonly until: number; readonly error: Refused }>()
  return {
    /** null: none, or so long ago that it may be tried again. */
    of: (key: string): Refused | null => {
      const known = refusals.get(key)
      return known !== undefined && known.until > clock.monotonic() ? known.error : null
    },
    note: (key: string, error: Refused): void => {
      if (refusals.size >= mostRefusals) refusals.clear()
      refusals.set(key, { until: clock.monotonic() + refusedForMs, error })
    },
  }
}
/** Why a player's request is refused, for the HTTP response. */
export interface Refused {
  readonly status: number
  readonly why: PictureReason
}
export function refusedBy(error: ServerError): Refused {
  return {
    status: error.kind === 'timedOut' || (error.kind === 'unreachable' && error.reason === 'connectTimeout') ? 504 : 502,
    why: { kind: 'serverError', error },
  }
}
export function refusedWith(status: number, why: PictureReason): { readonly ok: false; readonly error: Refused } {
  return err({ status, why })
}
