import type { Trouble } from '../../shared/troubles.ts'
import { useAlarmOf } from './alarmOf.ts'
import { TakenRemark } from './TakenRemark.tsx'
import { useAlarmDesk, useAlarmKeys } from './useAlarmDesk.tsx'

/** Says in the banner of a trouble who has it, and binds the keys that take or shelve it. */
export function AlarmOfTrouble({ trouble }: { readonly trouble: Trouble }) {
  const alarm = useAlarmOf()(trouble)
  const desk = useAlarmDesk()
  useAlarmKeys(desk, alarm ? () => [alarm] : null, false)
  return (
    <>
      <TakenRemark alarm={alarm} className="block" />
      {desk.dialog}
    </>
  )
}
