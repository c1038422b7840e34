import type { Upstream } from '../../alarms.ts'
import type { Factor } from '../../incidents.ts'
import type { Texts } from '../texts.ts'

/** What is wrong where the name of its rule is about one stream. */
export type NamedKind = 'streamGone' | 'streamStalled' | 'slateOnAir'

/** What the alarms of an incident have in common, with its evidence, and what many of them are called. */
export interface IncidentWords {
  readonly what: Readonly<Record<NamedKind, string>>
  /** A sentence from what is wrong and from what the streams share: "Bitrate low on 4 of 6 streams of Gate B, within 1 s." */
  readonly hit: (what: string, shared: readonly string[]) => string
  /** The cause of an incident of streams whose server does not answer now. */
  readonly unknown: (before: string) => string
  /** What streams share as a part of `hit`, all else as sentences. */
  readonly factors: Texts<Factor>
  readonly streams: (count: number) => string
  readonly servers: (count: number) => string
}

/** Which stream comes from which, as a part of a sentence. */
export type Chain = (stream: Omit<Upstream, 'by'>, upstreams: readonly Upstream[]) => string
export function streamName({ serverName, path }: Omit<Upstream, 'by'>): string {
  return `${serverName}/${path}`
}
