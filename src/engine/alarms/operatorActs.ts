import type { Clock } from '../../clock/clock.ts'
import { type AlarmChange, type AlarmsChanged, longestShelfMs } from '../../shared/alarms.ts'
import { err, ok } from '../../shared/result.ts'
import { type AlarmRecord, acknowledge, changedBy, unacknowledge, unshelve } from './alarmLife.ts'
import type { Alarms } from './alarms.ts'
import type { AlarmWriting } from './alarmWriting.ts'
import type { OpenAlarms } from './openAlarms.ts'
import { shown } from './shownAlarms.ts'

export interface OperatorActsDeps {
  readonly clock: Pick<Clock, 'now'>
  readonly open: Pick<OpenAlarms, 'get' | 'ofIncident'>
  readonly writing: Pick<AlarmWriting, 'storeOperatorActs'>
  /** Called with the changed alarms after they are stored. */
  readonly publish: (changed: readonly AlarmRecord[]) => void
}

/** Changes that operators make to open alarms. */
export function createOperatorActs({
  clock,
  open,
  writing,
  publish,
}: OperatorActsDeps): Pick<Alarms, 'acknowledge' | 'acknowledgeByLink' | 'unacknowledge' | 'shelve' | 'unshelve' | 'comment'> {
  /** Applies all changes or none. */
  const change = (ids: readonly string[], changesOf: (alarm: AlarmRecord) => readonly AlarmChange[]): AlarmsChanged => {
    const wanted = [...new Set(ids)]
    const found = wanted.flatMap((id) => open.get(id) ?? [])
    const notOpen = wanted.filter((id) => open.get(id) === undefined)
    const all = found.map((alarm) => changedBy(alarm, changesOf(alarm)))
    const changed = all.filter(({ changes }) => changes.length > 0)
    writing.storeOperatorActs(changed)
    publish(changed.map(({ alarm }) => alarm))
    return { alarms: all.map(({ alarm }) => shown(alarm)), notOpen }
  }

  return {
    acknowledge: ({ ids, incidents = [], until, comment }, by) => {
      const at = clock.now()
      if (until !== null && until <= at) return err('endNotAhead')
      // An incident without open alarms is answered as not open.
      const members = incidents.flatMap((incident) => {
        const all = [...open.ofIncident(incident).values()]
        return all.length === 0 ? [incident] : all.filter(({ acknowledged }) => acknowledged === null).map(({ id }) => id)
      })
      return ok(
        change([...ids, ...members], (alarm) => [
          ...(comment ? [{ kind: 'commented', at, by, text: comment } as const] : []),
          ...acknowledge(alarm, { by, at, until }),
        ]),
      )
    },
    acknowledgeByLink: (ids, by, link) => void change(ids, (alarm) => acknowledge(alarm, { by, at: clock.now(), until: null, link })),
    unacknowledge: (ids, by) => change(ids, (alarm) => unacknowledge(alarm, by, clock.now())),
    shelve: ({ ids, until, reason, endsHealedForMs }, by) => {
      const at = clock.now()
      if (until <= at || until > at + longestShelfMs) return err('endNotAhead')
      return ok(change(ids, () => [{ kind: 'shelved', by, at, until, reason, endsHealedForMs }]))
    },
    unshelve: (ids, by) => change(ids, (alarm) => unshelve(alarm, by, clock.now())),
    comment: ({ ids, text }, by) => change(ids, () => [{ kind: 'commented', at: clock.now(), by, text }]),
  }
}
