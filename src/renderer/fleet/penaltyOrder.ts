import { type Incident, isOpenIncident, isWrongNow } from '../../shared/incidents.ts'

interface PenaltyOrder {
  /** Open incidents: unacknowledged ones first, then those that somebody has, then those that are well again and not over yet; each group keeps the given order, worst first. */
  readonly list: readonly Incident[]
  /** Active incidents that are shelved, suppressed or out of service, so that nobody needs to act on them now. */
  readonly away: readonly Incident[]
}

/** Sorts incidents for the penalty wall. */
export function penaltyOrder(incidents: readonly Incident[]): PenaltyOrder {
  const rank = (one: Incident) => (isWrongNow(one) ? 0 : 2) + Number(one.state === 'acknowledged')
  return {
    list: incidents.filter(isOpenIncident).toSorted((a, b) => rank(a) - rank(b)),
    away: incidents.filter((incident) => isWrongNow(incident) && !isOpenIncident(incident)),
  }
}
