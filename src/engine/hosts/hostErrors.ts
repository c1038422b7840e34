import type { HostCause, HostFailure } from '../../shared/errors.ts'
import { quoted } from '../../shared/visibleText.ts'

/** Why a host cannot be read, as one word. */
export type HostErrorKind = HostFailure['kind']

/** Details of a failure beside its kind. `target`: `host:port` of the host it is about. */
type HostErrorFacts = Pick<HostFailure, 'target'> & Partial<Pick<HostFailure, 'user' | 'said' | 'keyType' | 'fingerprint' | 'knownFingerprint'>>

const longestText = 500

/** A message that is not ours; null: there is none. */
export function quotedCause(message: string | null | undefined): Extract<HostCause, { kind: 'quoted' }> | null {
  // Without a full stop, because the surrounding sentence has one.
  const text = quoted(message)?.replace(/[.\s]+$/, '')
  return text ? { kind: 'quoted', text } : null
}

/** Texts in facts come from hosts, keys and paths, so they are made fit to be shown. */
const shownFacts = <Facts extends object>(facts: Facts): Facts =>
  Object.fromEntries(Object.entries(facts).map(([name, fact]) => [name, typeof fact === 'string' ? (quoted(fact, longestText) ?? '') : fact])) as Facts

export function hostError(kind: HostErrorKind, { said, ...facts }: HostErrorFacts): HostFailure {
  return { kind, user: null, fingerprint: null, knownFingerprint: null, keyType: null, ...facts, said: said ? shownFacts(said) : null }
}
