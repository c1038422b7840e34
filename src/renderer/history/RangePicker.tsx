import { useState } from 'react'
import { err, ok, type Result } from '../../shared/result.ts'
import { entryTime, formatMoment, formatSpan, formatStretch } from '../../shared/units.ts'
import type { FormField, Wrong } from '../app/editing/fields.ts'
import { SendDialog } from '../app/editing/SendDialog.tsx'
import { zone } from '../app/preferences.ts'
import { t } from '../app/words.ts'
import { Chip } from '../ui/Chip.tsx'
import { engineNow } from '../ui/now.ts'
import { lastIds, lastSpans, readMoment, shortestSpanMs, type TimeRange, windowOf } from './timeRange.ts'

interface RangePickerProps {
  readonly range: TimeRange
  readonly onRange: (range: TimeRange) => void
  /** Of the current trouble, for a range that begins a little before it; null: none. */
  readonly onset: number | null
}
const leadMs = 8 * 60_000

export function RangePicker({ range, onRange, onset }: RangePickerProps) {
  const [asking, setAsking] = useState(false)
  const free = range.kind === 'between' || (range.kind === 'since' && (onset === null || range.from !== onset - leadMs))
  const window = windowOf(range, engineNow())
  return (
    <fieldset aria-label={t('common.timeRange')} className="flex flex-none flex-wrap items-center gap-1.5">
      {onset !== null && (
        <Chip on={range.kind === 'since' && range.from === onset - leadMs} onClick={() => onRange({ kind: 'since', from: onset - leadMs })}>
          {t('history.sinceOnset')}
        </Chip>
      )}
      {lastIds.map((id) => (
        <Chip key={id} on={range.kind === 'last' && range.id === id} onClick={() => onRange({ kind: 'last', id })}>
          {formatSpan(lastSpans[id])}
        </Chip>
      ))}
      <Chip on={free} onClick={() => setAsking(true)}>
        {free ? (range.kind === 'since' ? `${formatMoment(window.from, 'minute')} – ${t('history.now')}` : formatStretch(window.from, window.to)) : '…'}
        <span className="sr-only">{t('history.free')}</span>
      </Chip>
      {asking && (
        <SendDialog
          title={t('history.free')}
          submit={t('history.show')}
          fields={fields}
          start={{ from: entryTime(window.from), to: entryTime(window.to) }}
          read={readFreeRange}
          send={async (typed) => onRange(typed)}
          onClose={() => setAsking(false)}
        />
      )}
    </fieldset>
  )
}

interface FreeRange {
  readonly from: string
  readonly to: string
}

function readFreeRange({ from, to }: FreeRange): Result<TimeRange, Wrong> {
  const start = readMoment(from, zone)
  const end = to.trim() === '' ? null : readMoment(to, zone)
  const endWrong: Wrong = to.trim() !== '' && end === null ? { to: 'past.unreadable' } : {}
  if (start === null) return err({ from: 'past.unreadable', ...endWrong })
  if (to.trim() === '') return ok({ kind: 'since', from: start })
  if (end === null) return err(endWrong)
  return end - start < shortestSpanMs ? err({ to: 'history.orderWrong' }) : ok({ kind: 'between', from: start, to: end })
}
const fields: readonly FormField<FreeRange>[] = [
  { id: 'from', kind: 'text', label: 'common.from' },
  { id: 'to', kind: 'text', label: 'history.to', help: 'history.toHint' },
]
