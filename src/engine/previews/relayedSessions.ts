import { randomBytes } from 'node:crypto'
import type { Clock } from '../../clock/clock.ts'
import type { WebrtcSession } from './webrtcDoor.ts'

/** As many as a large examination has candidates, and some more. */
export const mostRelayedSessions = 2_000
/** A session whose client says nothing of it for so long can't be ended or changed through us any more. It lasts on the server. */
const forgottenAfterMs = 24 * 3_600_000

/**
 * The sessions that were negotiated through the relay, under names that only we know what they stand for: a client can reach its own
 * session by it, and nothing else. Bounded: the one that was unused for longest makes room.
 */
export function createRelayedSessions(clock: Pick<Clock, 'monotonic'>) {
  // In order of use.
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
    /** Its new name. */
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
