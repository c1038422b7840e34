import type { Alarm, AlarmState } from '../../shared/alarms.ts'

/** A row of the list: an alarm, or the heading of those in one state. */
export type ListRow =
  | { readonly kind: 'group'; readonly key: string; readonly state: AlarmState; readonly count: number }
  /** `over`: it is closed, or does not pass the filter any more, but keeps its place under the pointer. */
  | { readonly kind: 'alarm'; readonly key: string; readonly alarm: Alarm; readonly over: boolean }

/** Groups in the order in which they need an operator. */
export const groupOrder = ['unacknowledged', 'acknowledged', 'healedUnseen', 'suppressed', 'shelved', 'outOfService'] as const satisfies readonly AlarmState[]

/** Alarms, worst first, grouped by state. `countOf`: number of alarms in a state, of which the list may lack some. */
export function listRows(alarms: readonly Alarm[], countOf: (state: AlarmState, listed: number) => number): readonly ListRow[] {
  return groupOrder.flatMap((state): readonly ListRow[] => {
    const listed = alarms.filter((alarm) => alarm.state === state)
    if (listed.length === 0) return []
    return [
      { kind: 'group', key: state, state, count: countOf(state, listed.length) },
      ...listed.map((alarm) => ({ kind: 'alarm', key: alarm.id, alarm, over: false }) as const),
    ]
  })
}

/** Rows that keep their places while the pointer is over them: what is in them is as it is now, what is new waits. */
export function heldRows(held: readonly ListRow[], now: readonly ListRow[]): { readonly rows: readonly ListRow[]; readonly waiting: number } {
  const current = new Map(now.map((row) => [row.key, row]))
  const kept = new Set(held.map(({ key }) => key))
  return {
    rows: held.map((row) => current.get(row.key) ?? (row.kind === 'group' ? { ...row, count: 0 } : { ...row, over: true })),
    waiting: now.filter(({ key, kind }) => kind === 'alarm' && !kept.has(key)).length,
  }
}
