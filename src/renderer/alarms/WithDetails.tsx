import { createPortal } from 'react-dom'
import { useTranslation } from 'react-i18next'
import type { Alarm } from '../../shared/alarms.ts'
import { useKeys } from '../app/keys.ts'
import { usePageParams, withParams } from '../app/usePageParams.ts'
import { Panel } from '../ui/Panel.tsx'
import { AlarmDetails } from './AlarmDetails.tsx'
import type { AlarmDesk } from './useAlarmDesk.tsx'

interface WithDetailsProps {
  /** The open alarm; null: none. */
  readonly id: string | null
  /** The moment as of which it is shown; null: now. */
  readonly at?: number | null
  readonly listed: Alarm | undefined
  readonly desk: AlarmDesk
  /** Where the actions go; null until it is there. */
  readonly bar: HTMLElement | null
  readonly actions: React.ReactNode
  /** Above both. */
  readonly filters: React.ReactNode
  readonly children: React.ReactNode
}
/** A list with the details of one alarm: beside it, or below it in a narrow window. */
export function WithDetails({ id, at = null, listed, desk, bar, actions, filters, children }: WithDetailsProps) {
  const { t } = useTranslation()
  const [, setParams] = usePageParams()
  const close = () => setParams((before) => withParams(before, { id: null }))
  useKeys('page', id === null ? [] : [{ keys: 'Escape', words: t('alarms.keys.close'), run: close }])
  return (
    <>
      {bar !== null && createPortal(actions, bar)}
      {filters}
      <div
        className={`grid min-h-0 flex-1 gap-3.5 ${
          id === null
            ? 'min-[1600px]:grid-cols-[minmax(0,1fr)_clamp(340px,27%,520px)]'
            : 'max-[1179px]:grid-rows-[minmax(200px,1fr)_minmax(0,1.2fr)] min-[1180px]:grid-cols-[minmax(0,1fr)_clamp(340px,27%,520px)]'
        }`}
      >
        <div className="flex min-h-0 min-w-0 flex-col gap-2">{children}</div>
        <Panel className={id === null ? 'max-[1599px]:hidden' : ''} bodyClassName="overflow-y-auto">
          {id === null ? (
            <p className="text-faint">{t('alarms.detailsHint')}</p>
          ) : (
            <section aria-label={t('alarms.details')}>
              <AlarmDetails key={`${id} ${at === null}`} id={id} at={at} listed={listed} desk={desk} onClose={close} />
            </section>
          )}
        </Panel>
      </div>
    </>
  )
}
