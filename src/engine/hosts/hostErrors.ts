import type { HostFailure } from '../../shared/errors.ts'
import { quoted } from '../../shared/quoted.ts'

/** Why a host cannot be read, as one word. */
export type HostErrorKind = HostFailure['kind']

/** Details of a failure beside its kind. */
export interface HostErrorFacts {
  /** `host:port` of the host it is about. */
  readonly target: string
  readonly user?: string
  /** The cause in our words, or `quoted` from the other side. */
  readonly said?: string | null
  readonly keyType?: string | null
  readonly fingerprint?: string | null
  readonly knownFingerprint?: string | null
}

const longestSaid = 500

/** The error of a kind. */
export const hostError = (kind: HostErrorKind, facts: HostErrorFacts): HostFailure => ({
  kind,
  user: facts.user ?? null,
  // Without a full stop, because the surrounding sentence has one.
  said: quoted(facts.said, longestSaid)?.replace(/[.\s]+$/, '') ?? null,
  fingerprint: facts.fingerprint ?? null,
  knownFingerprint: facts.knownFingerprint ?? null,
  keyType: facts.keyType ?? null,
  target: facts.target,
})
