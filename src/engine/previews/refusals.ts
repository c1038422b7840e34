import type { Clock } from '../../clock/clock.ts'
import type { ServerError } from '../../shared/errors.ts'
import type { PictureReason } from '../../shared/previews.ts'
import { err } from '../../shared/result.ts'
import { mayGoTo } from '../http/mayGoTo.ts'
import type { ServerAccess } from '../servers/readings.ts'

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

/**
 * What follows from an endpoint's status. `passed`: not a matter of credentials. `signIn`: ask again with those of the API.
 * `notEncrypted`: they are wanted and must not go there. `refused`: it does not let us.
 */
export type SignIn = 'passed' | 'signIn' | 'notEncrypted' | 'refused'

/** An endpoint of a media server is asked without credentials first, and gets them only if it wants them: where anyone may read, none are sent. */
export function signInAfter(status: number, endpoint: string, access: ServerAccess, signedIn: boolean): SignIn {
  if (status !== 401 && status !== 403) return 'passed'
  if (status === 403 || signedIn || access.authorization === null) return 'refused'
  return mayGoTo(endpoint, access.url) ? 'signIn' : 'notEncrypted'
}

interface MostAtOnce {
  readonly all: number
  readonly ofOne: number
}

/**
 * Requests to servers, as long as not too many are under way, of one server and of all: others are refused and not kept waiting. Returns what to call
 * when a request is over; null: too many.
 */
export function createBound(most: MostAtOnce): (serverId: string) => (() => void) | null {
  const underWay = new Map<string, number>()
  let all = 0
  return (serverId) => {
    const ofOne = underWay.get(serverId) ?? 0
    if (ofOne >= most.ofOne || all >= most.all) return null
    underWay.set(serverId, ofOne + 1)
    all++
    let isOver = false
    return () => {
      if (isOver) return
      isOver = true
      all--
      const left = (underWay.get(serverId) ?? 1) - 1
      if (left > 0) underWay.set(serverId, left)
      else underWay.delete(serverId)
    }
  }
}
