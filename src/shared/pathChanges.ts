/** `set`: some settings of an entry; `add`: a new entry; `remove`: the whole entry. */
export const pathChanges = ['set', 'add', 'remove'] as const
export type PathChangeKind = (typeof pathChanges)[number]

/**
 * applied: read back, it is as asked for. partly: something of it was not taken. refused: nothing was changed. unknown: it could not be read back, or this
 * console ended meanwhile.
 */
export const pathEditOutcomes = ['applied', 'partly', 'refused', 'unknown'] as const
export type PathEditOutcome = (typeof pathEditOutcomes)[number]
