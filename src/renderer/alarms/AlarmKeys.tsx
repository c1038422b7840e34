import type { Alarm } from '../../shared/alarms.ts'
import { useMoment } from '../app/moment.ts'
import { useAlarmDesk, useAlarmKeys } from './useAlarmDesk.tsx'

interface AlarmKeysProps {
  /** Those that the page shows. */
  readonly alarms: readonly Alarm[]
  /** What keys act on where none of them is under the pointer or has the focus. */
  readonly otherwise: readonly Alarm[]
  /** Also binds the key that announces work, which the pages of servers and streams bind themselves. */
  readonly plans?: boolean
}
/** Binds the keys that act on the alarms of a page: on the one under the pointer or with the focus, else on those that the page is about. */
export function AlarmKeys({ alarms, otherwise, plans = false }: AlarmKeysProps) {
  const past = useMoment() !== null
  const desk = useAlarmDesk()
  const targets = () => {
    const [under = document.activeElement?.closest<HTMLElement>('[data-alarm]')] = document.querySelectorAll<HTMLElement>('[data-alarm]:hover')
    const pointed = alarms.find(({ id }) => id === under?.dataset.alarm)
    return pointed === undefined ? otherwise : [pointed]
  }
  useAlarmKeys(desk, past || alarms.length === 0 ? null : targets, plans)
  return desk.dialog
}
