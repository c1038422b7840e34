import type { Alarm } from '../../shared/alarms.ts'
import { InBar, ListAndDetails } from '../app/lists.tsx'
import { usePageParams } from '../app/usePageParams.ts'
import { AlarmDetails } from './AlarmDetails.tsx'
import type { AlarmDesk } from './useAlarmDesk.tsx'

interface WithDetailsProps {
  /** The open alarm; null: none. */
  readonly id: string | null
  /** The incident that it leads, whose details stay open whichever leads it; null or left out: the alarm by itself. */
  readonly incident?: string | null
  /** The moment as of which it is shown; null: now. */
  readonly at?: number | null
  readonly listed: Alarm | undefined
  readonly desk: AlarmDesk
  /** What the buttons of the details act on; left out: their alarm. */
  readonly targets?: readonly Alarm[]
  /** Beside the tabs. */
  readonly actions: React.ReactNode
  /** Above both. */
  readonly filters: React.ReactNode
  readonly children: React.ReactNode
}
/** A list of alarms with the details of one of them. */
export function WithDetails({ id, incident = null, at = null, listed, desk, targets, actions, filters, children }: WithDetailsProps) {
  const [, change] = usePageParams()
  const close = () => change({ id: null, incident: null }, false)
  return (
    <>
      <InBar>{actions}</InBar>
      {filters}
      <ListAndDetails
        details={
          id === null ? null : (
            <AlarmDetails key={`${incident ?? id} ${at === null}`} id={id} at={at} listed={listed} desk={desk} targets={targets} onClose={close} />
          )
        }
        onClose={close}
      >
        {children}
      </ListAndDetails>
    </>
  )
}
