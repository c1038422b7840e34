/** Who sends a stream, as far as known. */
export interface Sender {
  readonly sourceType: string | null
  readonly host: string | null
}
export const senderFacts = ({ sourceType, host }: Sender) => ({ sourceType, remoteAddr: host })

/** The host of "10.4.1.7:52114" or "[fe80::1]:52114". */
export const hostOf = (remoteAddr: string): string => remoteAddr.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')

/** How long something lasted, as far as two answers tell. */
export interface Lasted {
  readonly minMs: number
  readonly maxMs: number
}

/** A duration of which two answers leave open how long it was; null: unknown. */
export const between = (minMs: number, maxMs: number): Lasted | null =>
  Number.isNaN(minMs) || Number.isNaN(maxMs) ? null : { minMs: Math.round(Math.max(0, minMs)), maxMs: Math.round(Math.max(0, minMs, maxMs)) }

/** Why what became of a stream was not seen: its server could not be asked, or threw everybody out between two answers. */
export type Unseen = 'silence' | 'restart' | 'allAtOnce'
