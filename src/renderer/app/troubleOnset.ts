import type { Trouble } from '../../shared/troubles.ts'

/**
 * Whether `since` says when it began. Of lost packets only the last minute is known: their `since` is that of the stream,
 * and "for 14 h" would be a lie.
 */
export const hasOnset = ({ kind }: Pick<Trouble, 'kind'>): boolean => kind !== 'packetsLost'
