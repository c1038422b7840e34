import type { Incident } from '../../shared/incidents.ts'
import type { Trouble } from '../../shared/troubles.ts'

/** Whether anybody has a trouble. `away`: its alarm is shelved, suppressed or out of service, so that nobody need act on it now. */
export type Standing = 'loud' | 'taken' | 'away'

/** One card: a trouble, or the one that stands for several of an incident. */
export interface Penalty {
  readonly id: string
  readonly trouble: Trouble
  /** Others of the same incident. */
  readonly others: readonly Trouble[]
  /** null: the trouble is by itself. */
  readonly incident: Incident | null
}

const worstStanding = (standings: readonly Standing[]): Standing => (standings.includes('loud') ? 'loud' : standings.includes('taken') ? 'taken' : 'away')

/**
 * What the box shows: first what nobody has, then what somebody has, each worst first as it came, and without what is put away. Several troubles of one
 * incident are one card in the place of the first. `away` counts cards.
 */
export function penaltyOrder(
  troubles: readonly Trouble[],
  standingOf: (trouble: Trouble) => Standing,
  incidentOf: (trouble: Trouble) => Incident | null = () => null,
): { readonly list: readonly Penalty[]; readonly away: number } {
  const byIncident = new Map<string, { readonly incident: Incident | null; readonly troubles: Trouble[] }>()
  for (const trouble of troubles) {
    const incident = incidentOf(trouble)
    const key = incident === null ? `trouble ${trouble.id}` : `incident ${incident.id}`
    const known = byIncident.get(key)
    if (known === undefined) byIncident.set(key, { incident, troubles: [trouble] })
    else known.troubles.push(trouble)
  }
  const of: Record<Standing, Penalty[]> = { loud: [], taken: [], away: [] }
  for (const { incident, troubles: own } of byIncident.values()) {
    // What is put away of it takes no place in what is shown of the rest.
    const shown = own.filter((trouble) => standingOf(trouble) !== 'away')
    const [trouble, ...others] = shown.length > 0 ? shown : own
    if (trouble === undefined) continue
    // The card of an incident stays the same whichever of its troubles is the first.
    const id = incident !== null && incident.membersTotal > 1 ? `incident ${incident.id}` : trouble.id
    of[worstStanding(own.map(standingOf))].push({ id, trouble, others, incident: others.length > 0 ? incident : null })
  }
  return { list: [...of.loud, ...of.taken], away: of.away.length }
}
