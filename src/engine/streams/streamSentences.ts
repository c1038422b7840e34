import type { EventKind, FactsOf } from '../../shared/events.ts'
import { newEvent } from '../../shared/events.ts'
import { eventText } from '../../shared/words/eventText.ts'

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

/** A duration of which two answers leave open how long it was; null: nothing is known of it. */
export const between = (minMs: number, maxMs: number): Lasted | null =>
  Number.isNaN(minMs) || Number.isNaN(maxMs) ? null : { minMs: Math.round(Math.max(0, minMs)), maxMs: Math.round(Math.max(0, minMs, maxMs)) }

/** Why nobody saw what became of a stream: its server could not be asked, or threw everybody out between two answers. */
export type Unseen = 'silence' | 'restart' | 'allAtOnce'

/** Its server came back without it: whether it comes back too is not known yet. */
export const notBackText = 'Its publisher is not back yet.'
/** It went; whether it should be there, the configuration of this moment says. */
export const configurationDueText = 'It left; whether it should be on air is judged in a few seconds, by the newest configuration.'

/** Why a stream is as it is: the sentence of the event that made it so. */
export const reasonText = <K extends EventKind>(kind: K, facts: FactsOf<K>): string =>
  eventText(newEvent(kind, 0, facts, { serverId: '', serverName: '', path: '' }), 'en')
