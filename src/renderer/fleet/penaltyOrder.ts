import { type Incident, isWrongNow } from '../../shared/incidents.ts'

export interface PenaltyOrder {
  /** Unacknowledged incidents first, then the others that are not away; each group keeps the given order, worst first. */
  readonly list: readonly Incident[]
  /** Active incidents that are shelved, suppressed or out of service, so that nobody needs to act on them now. */
  readonly away: readonly Incident[]
}

/** Sorts incidents for the penalty wall; only those whose trouble is active now are included. */
export function penaltyOrder(incidents: readonly Incident[]): PenaltyOrder {
  const lasting = incidents.filter(isWrongNow)
  const loud = lasting.filter(({ state }) => state === 'unacknowledged')
  const taken = lasting.filter(({ state }) => state === 'acknowledged' || state === 'healedUnseen')
  return { list: [...loud, ...taken], away: lasting.filter((incident) => !loud.includes(incident) && !taken.includes(incident)) }
}
