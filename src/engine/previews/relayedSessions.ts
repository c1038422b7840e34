import { randomBytes } from 'node:crypto'
import type { Clock } from '../../clock/clock.ts'
import type { WebrtcSession } from './webrtcEndpoint.ts'

/** The number of candidates in a large examination, with some reserve. */
export const mostRelayedSessions = 2_000
/** A session without requests from its client for this long can no longer be ended or changed through us. It continues on the server. */
const forgottenAfterMs = 24 * 3_600_000

/**
 * Sessions negotiated through the relay, under random names that only we can resolve: a client can reach its own session by name, and nothing
 * else. Bounded: the least recently used session is dropped first.
 */
export function createRelayedSessions(clock: Pick<Clock, 'monotonic'>) {
  // Least recently used first.
  const byName = new Map<string, { readonly session: WebrtcSession; readonly usedAt: number }>()
  const forgetOld = () => {
    for (const [name, { usedAt }] of byName) {
      if (byName.size < mostRelayedSessions && clock.monotonic() - usedAt < forgottenAfterMs) return
      byName.delete(name)
    }
  }
  const use = (name: string, session: WebrtcSession) => {
    byName.delete(name)
    byName.set(name, { session, usedAt: clock.monotonic() })
  }
  return {
    /** Returns the session's new name. */
    add: (session: WebrtcSession): string => {
      forgetOld()
      const name = randomBytes(32).toString('base64url')
      use(name, session)
      return name
    },
    get: (name: string): WebrtcSession | null => {
      const known = byName.get(name)
      if (known === undefined) return null
      if (clock.monotonic() - known.usedAt >= forgottenAfterMs) {
        byName.delete(name)
        return null
      }
      use(name, known.session)
      return known.session
    },
    delete: (name: string): void => void byName.delete(name),
  }
}
