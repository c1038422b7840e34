import { type Incident, isWrongNow } from '../../shared/incidents.ts'
import { type AlarmSubject, subjectNamed } from '../../shared/subjects.ts'
import type { Trouble } from '../../shared/troubles.ts'
import type { OpenAlarms } from '../app/openAlarms.ts'

/** One card: an incident, or a trouble of a past moment, of which no incidents are known. */
export type Penalty =
  | { readonly kind: 'incident'; readonly id: string; readonly incident: Incident }
  | { readonly kind: 'trouble'; readonly id: string; readonly trouble: Trouble }

export interface PenaltyOrder {
  /** First what nobody has, then what somebody has, each worst first as it came. */
  readonly list: readonly Penalty[]
  /** What lasts, but is shelved, suppressed or out of service, so that nobody need act on it now. */
  readonly away: readonly Incident[]
}

const cardOf = (incident: Incident): Penalty => ({ kind: 'incident', id: incident.id, incident })

/** What the box shows: incidents of what is wrong now, and without alarms, which are those of now only, the troubles. */
export function penaltyOrder(alarms: OpenAlarms | null, troubles: readonly Trouble[]): PenaltyOrder {
  if (alarms === null) return { list: troubles.map((trouble) => ({ kind: 'trouble', id: trouble.id, trouble })), away: [] }
  const lasting = alarms.incidents.filter(isWrongNow)
  const loud = lasting.filter(({ state }) => state === 'unacknowledged')
  const taken = lasting.filter(({ state }) => state === 'acknowledged' || state === 'healedUnseen')
  return { list: [...loud, ...taken].map(cardOf), away: lasting.filter((incident) => !loud.includes(incident) && !taken.includes(incident)) }
}

/** What a card is about, and since when. */
export function factsOf(penalty: Penalty): Pick<Incident, 'severity' | 'since' | 'kind'> & { readonly subject: AlarmSubject } {
  return penalty.kind === 'incident' ? penalty.incident : { ...penalty.trouble, subject: subjectNamed(penalty.trouble.serverId, penalty.trouble.path) }
}
