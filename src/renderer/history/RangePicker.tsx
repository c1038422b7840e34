import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { formatDateTime, formatSpan, formatTime, type TimeZoneChoice } from '../../shared/units.ts'
import { Button } from '../ui/Button.tsx'
import { Chip } from '../ui/Chip.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { TextField } from '../ui/Field.tsx'
import { engineNow } from '../ui/now.ts'
import { lastIds, lastSpans, rangeFrom, readMoment, shortestSpanMs, type TimeRange, windowOf } from './timeRange.ts'

interface RangePickerProps {
  /** null: not known yet. */
  readonly range: TimeRange | null
  readonly onRange: (range: TimeRange) => void
  readonly zone: TimeZoneChoice
  /** When what is wrong began; null: nothing is. Offers the stretch that starts a little before. */
  readonly onset: number | null
}
/** How long before the onset of a trouble its charts begin. */
const leadMs = 8 * 60_000

/** Ranges as chips: since the onset, the last …, or free. */
export function RangePicker({ range, onRange, zone, onset }: RangePickerProps) {
  const { t } = useTranslation()
  const [asking, setAsking] = useState(false)
  const free = range?.kind === 'between' || (range?.kind === 'since' && (onset === null || range.from !== onset - leadMs))
  const window = windowOf(range ?? rangeFrom(null), engineNow())
  const sameDay = formatDateTime(window.from, zone).slice(0, 10) === formatDateTime(window.to, zone).slice(0, 10)
  return (
    <fieldset aria-label={t('history.range')} className="flex flex-none items-center gap-1.5">
      {onset !== null && (
        <Chip on={range?.kind === 'since' && range.from === onset - leadMs} onClick={() => onRange({ kind: 'since', from: onset - leadMs })}>
          {t('history.sinceOnset')}
        </Chip>
      )}
      {lastIds.map((id) => (
        <Chip key={id} on={range?.kind === 'last' && range.id === id} onClick={() => onRange({ kind: 'last', id })}>
          {formatSpan(lastSpans[id])}
        </Chip>
      ))}
      <Chip on={free} onClick={() => setAsking(true)}>
        {free
          ? `${sameDay ? formatTime(window.from, zone) : formatDateTime(window.from, zone).slice(0, 16)} – ${range?.kind === 'since' ? t('history.now') : sameDay ? formatTime(window.to, zone) : formatDateTime(window.to, zone).slice(0, 16)}`
          : '…'}
        <span className="sr-only">{t('history.free')}</span>
      </Chip>
      {asking && <FreeRange from={window.from} to={window.to} zone={zone} onClose={() => setAsking(false)} onRange={onRange} />}
    </fieldset>
  )
}

interface FreeRangeProps {
  readonly from: number
  readonly to: number
  readonly zone: TimeZoneChoice
  readonly onClose: () => void
  readonly onRange: (range: TimeRange) => void
}
function FreeRange({ from, to, zone, onClose, onRange }: FreeRangeProps) {
  const { t } = useTranslation()
  const [start, setStart] = useState(() => formatDateTime(from, zone))
  const [end, setEnd] = useState(() => formatDateTime(to, zone))
  const startAt = readMoment(start, zone)
  const endAt = end.trim() === '' ? null : readMoment(end, zone)
  const endWrong = end.trim() !== '' && endAt === null
  const order = startAt !== null && endAt !== null && endAt - startAt < shortestSpanMs
  const submit = () => {
    if (startAt === null || endWrong || order) return
    onRange(endAt === null ? { kind: 'since', from: startAt } : { kind: 'between', from: startAt, to: endAt })
    onClose()
  }
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t('history.free')}
      closeLabel={t('common.close')}
      width={380}
      footer={
        <>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button look="primary" onClick={submit} disabled={startAt === null || endWrong || order}>
            {t('history.show')}
          </Button>
        </>
      }
    >
      <form
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        <TextField
          label={t('history.from')}
          value={start}
          onChange={(event) => setStart(event.target.value)}
          error={startAt === null ? t('history.momentWrong') : null}
        />
        <TextField
          label={t('history.to')}
          value={end}
          onChange={(event) => setEnd(event.target.value)}
          error={endWrong ? t('history.momentWrong') : order ? t('history.orderWrong') : null}
          hint={t('history.toHint')}
        />
        <button type="submit" hidden />
      </form>
    </Dialog>
  )
}
