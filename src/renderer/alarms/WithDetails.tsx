import { createPortal } from 'react-dom'
import { useTranslation } from 'react-i18next'
import type { Alarm } from '../../shared/alarms.ts'
import { useKeys } from '../app/keys.ts'
import { usePageParams, withParams } from '../app/usePageParams.ts'
import { Panel } from '../ui/Panel.tsx'
import { AlarmDetails } from './AlarmDetails.tsx'
import type { AlarmDesk } from './useAlarmDesk.tsx'

interface ListAndDetailsProps {
  /** Of what is open; null: nothing is. */
  readonly details: React.ReactNode | null
  readonly onClose: () => void
  readonly children: React.ReactNode
}
/** A list with the details of one of its rows: beside it, below it in a narrow window, or in its place on a telephone. */
export function ListAndDetails({ details, onClose, children }: ListAndDetailsProps) {
  const { t } = useTranslation()
  useKeys('page', details === null ? [] : [{ keys: 'Escape', words: t('common.close'), run: onClose }])
  return (
    <div
      className={`grid min-h-0 flex-1 gap-3.5 ${
        details === null
          ? 'min-[1600px]:grid-cols-[minmax(0,1fr)_clamp(340px,27%,520px)]'
          : 'max-[1179px]:min-[700px]:grid-rows-[minmax(200px,1fr)_minmax(0,1.2fr)] min-[1180px]:grid-cols-[minmax(0,1fr)_clamp(340px,27%,520px)]'
      }`}
    >
      <div className={`flex min-h-0 min-w-0 flex-col gap-2 ${details === null ? '' : 'max-[699px]:hidden'}`}>{children}</div>
      <Panel className={details === null ? 'max-[1599px]:hidden' : ''} bodyClassName="overflow-y-auto">
        {details === null ? <p className="text-faint">{t('common.selectRow')}</p> : <section aria-label={t('common.details')}>{details}</section>}
      </Panel>
    </div>
  )
}

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
  /** Where the actions go; null until it is there. */
  readonly bar: HTMLElement | null
  readonly actions: React.ReactNode
  /** Above both. */
  readonly filters: React.ReactNode
  readonly children: React.ReactNode
}
/** A list of alarms with the details of one of them. */
export function WithDetails({ id, incident = null, at = null, listed, desk, targets, bar, actions, filters, children }: WithDetailsProps) {
  const [, setParams] = usePageParams()
  const close = () => setParams((before) => withParams(before, { id: null, incident: null }))
  return (
    <>
      {bar !== null && createPortal(actions, bar)}
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
