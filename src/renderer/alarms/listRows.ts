import type { Alarm, AlarmState } from '../../shared/alarms.ts'
import type { Incident } from '../../shared/incidents.ts'

/** An alarm, an incident of several, or the heading of a group. */
export type ListRow =
  /** `count`: rows of the group; `alarms` may be more, as an incident has several. */
  | { readonly kind: 'group'; readonly key: string; readonly state: AlarmState; readonly count: number; readonly alarms: number }
  /** `over`: it is closed or filtered out, but keeps its place under the pointer. `inside`: under its incident. */
  | { readonly kind: 'alarm'; readonly key: string; readonly alarm: Alarm; readonly over: boolean; readonly inside: boolean }
  /** `alarms`: those that pass the filter; `isOpen`: they follow it. */
  | {
      readonly kind: 'incident'
      readonly key: string
      readonly incident: Incident
      readonly alarms: readonly Alarm[]
      readonly isOpen: boolean
      readonly over: boolean
    }
export type ItemRow = Exclude<ListRow, { kind: 'group' }>

/** In the order in which they need an operator. */
export const groupOrder = ['unacknowledged', 'acknowledged', 'healedUnseen', 'suppressed', 'shelved', 'outOfService'] as const satisfies readonly AlarmState[]

function byIncident(alarms: readonly Alarm[]): ReadonlyMap<string, readonly Alarm[]> {
  const found = new Map<string, Alarm[]>()
  for (const alarm of alarms) {
    const others = found.get(alarm.incident)
    if (others === undefined) found.set(alarm.incident, [alarm])
    else others.push(alarm)
  }
  return found
}

export function incidentKey(id: string): string {
  return `incident ${id}`
}

const rowOf = (alarm: Alarm, inside: boolean): ListRow => ({ kind: 'alarm', key: alarm.id, alarm, over: false, inside })

/** Grouped rows, worst first; an incident of one alarm is that alarm. `countOf`: number in a state, of which the list may lack some. */
export function listRows(
  alarms: readonly Alarm[],
  countOf: (state: AlarmState, listed: number) => number,
  incidents: readonly Incident[] = [],
  isOpen: (incident: Incident) => boolean = () => false,
): readonly ListRow[] {
  const known = new Map(incidents.map((incident) => [incident.id, incident]))
  const places = new Map(incidents.map(({ id }, place) => [id, place]))
  const placeOf = (id: string) => places.get(id) ?? incidents.length
  // The worst alarm of an incident may be over, or put away, so incidents are sorted by themselves.
  const items = Array.from(
    [...byIncident(alarms)].sort(([a], [b]) => placeOf(a) - placeOf(b)),
    ([id, members]): { readonly state: AlarmState; readonly alarms: number; readonly rows: readonly ListRow[] }[] => {
      const incident = known.get(id)
      if (incident === undefined || incident.membersTotal === 1) return members.map((alarm) => ({ state: alarm.state, alarms: 1, rows: [rowOf(alarm, false)] }))
      const open = isOpen(incident)
      const row: ListRow = { kind: 'incident', key: incidentKey(id), incident, alarms: members, isOpen: open, over: false }
      return [{ state: incident.state, alarms: incident.membersTotal, rows: [row, ...(open ? members.map((alarm) => rowOf(alarm, true)) : [])] }]
    },
  ).flat()
  return groupOrder.flatMap((state): readonly ListRow[] => {
    const own = items.filter((item) => item.state === state)
    if (own.length === 0) return []
    const count = countOf(state, own.length)
    const alarms = own.reduce((sum, item) => sum + item.alarms, 0)
    return [{ kind: 'group', key: state, state, count, alarms: Math.max(count, alarms) }, ...own.flatMap(({ rows }) => rows)]
  })
}

/** None for a row that only keeps its place. */
export function alarmsOfRow(row: ListRow): readonly Alarm[] {
  if (row.kind === 'group' || row.over) return []
  return row.kind === 'alarm' ? [row.alarm] : row.alarms
}

/** Rows keep their places under the pointer: their content is current, new ones wait. */
export function rowsInPlace(held: readonly ListRow[], now: readonly ListRow[]): { readonly rows: readonly ListRow[]; readonly waiting: number } {
  const current = new Map(now.map((row) => [row.key, row]))
  const kept = new Set(held.map(({ key }) => key))
  return {
    rows: held.map((row) => current.get(row.key) ?? (row.kind === 'group' ? { ...row, count: 0, alarms: 0 } : { ...row, over: true })),
    waiting: now.filter((row) => row.kind !== 'group' && !(row.kind === 'alarm' && row.inside) && !kept.has(row.key)).length,
  }
}
