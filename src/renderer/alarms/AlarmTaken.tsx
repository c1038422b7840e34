import type { Alarm } from '../../shared/alarms.ts'
import { useMoment } from '../app/moment.ts'
import { TakenRemark } from './TakenRemark.tsx'
import { useAlarmDesk, useAlarmKeys } from './useAlarmDesk.tsx'

/** Says in the banner of an alarm who has it, and binds the keys that take or shelve it. */
export function AlarmTaken({ alarm }: { readonly alarm: Alarm }) {
  const past = useMoment() !== null
  const desk = useAlarmDesk()
  useAlarmKeys(desk, past ? null : () => [alarm], false)
  return (
    <>
      <TakenRemark alarm={alarm} className="block" />
      {desk.dialog}
    </>
  )
}
