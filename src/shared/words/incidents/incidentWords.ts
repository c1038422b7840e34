import type { Upstream } from '../../alarms.ts'
import type { Factor } from '../../incidents.ts'
import type { Texts } from '../texts.ts'

/** What the alarms of an incident have in common, each as a sentence with its evidence, and what many of them are called. */
export interface IncidentWords {
  readonly factors: Texts<Factor>
  readonly streams: (count: number) => string
  readonly servers: (count: number) => string
}

/** Which stream comes from which, as a part of a sentence. */
export type Chain = (stream: Omit<Upstream, 'by'>, upstreams: readonly Upstream[]) => string
export function streamName({ serverName, path }: Omit<Upstream, 'by'>): string {
  return `${serverName}/${path}`
}
