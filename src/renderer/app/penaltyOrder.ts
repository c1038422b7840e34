import { type Incident, isWrongNow } from '../../shared/incidents.ts'

export interface PenaltyOrder {
  /** First what nobody has, then what somebody has, each worst first as it came. */
  readonly list: readonly Incident[]
  /** What lasts, but is shelved, suppressed or out of service, so that nobody need act on it now. */
  readonly away: readonly Incident[]
}

/** What the box shows: incidents of what is wrong now. */
export function penaltyOrder(incidents: readonly Incident[]): PenaltyOrder {
  const lasting = incidents.filter(isWrongNow)
  const loud = lasting.filter(({ state }) => state === 'unacknowledged')
  const taken = lasting.filter(({ state }) => state === 'acknowledged' || state === 'healedUnseen')
  return { list: [...loud, ...taken], away: lasting.filter((incident) => !loud.includes(incident) && !taken.includes(incident)) }
}
