import { streamSubject } from '../../shared/subjectNames.ts'
import { someTrouble } from '../../shared/troubles.fixture.ts'
import type { Conditions } from './conditions.ts'
import type { Finding } from './findings.ts'

/** A finding for tests: of a stream of a server with the id `berlin`. */
export function someFinding(path: string, change: Partial<Finding> = {}): Finding {
  const { kind, serverId, serverName, severity, since, why, streams, readers } = someTrouble({ path })
  return { kind, rule: kind, onDelayMs: 0, subject: streamSubject(serverId, path), serverName, severity, since, why, streams, readers, ...change }
}

/** Conditions where the rest is well. */
export function conditionsWith(findings: Iterable<Finding>, change: Partial<Conditions> = {}): Conditions {
  return {
    findings: () => findings,
    otherwise: () => ({ is: 'healed' }),
    concerns: () => true,
    holdMs: () => 0,
    isPending: () => false,
    ...change,
  }
}
