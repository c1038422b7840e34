import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { err, ok } from '../../shared/result.ts'
import { entryTime, formatMoment } from '../../shared/units.ts'
import { AskDialog } from '../app/editing/AskDialog.tsx'
import { usePreferences } from '../app/preferences.ts'
import { Select } from '../ui/Select.tsx'
import { readDate } from './compare.ts'
import { useCompare } from './useCompare.ts'

/** Chooses the period to compare the charts with. `end`: end of the range shown. */
export function ComparePicker({ end }: { readonly end: number }) {
  const { t } = useTranslation()
  const { zone } = usePreferences()
  const { compare, setCompare } = useCompare()
  /** Initial day of the open dialog; null: closed. */
  const [asking, setAsking] = useState<string | null>(null)
  const value = compare === null ? 'none' : compare.kind
  return (
    <>
      <Select
        label={t('compare.label')}
        value={value}
        onChange={(next: 'none' | 'day' | 'week' | 'date' | 'other') => {
          if (next === 'date') return
          if (next === 'other') setAsking(compare?.kind === 'date' ? compare.date : entryTime(end - 2 * 86_400_000, zone).slice(0, 10))
          else setCompare(next === 'none' ? null : { kind: next })
        }}
        className="!min-h-[26px] !py-0.5 !text-sm"
        options={[
          { value: 'none' as const, label: t('compare.none') },
          { value: 'day' as const, label: t('compare.day') },
          { value: 'week' as const, label: t('compare.week') },
          ...(compare?.kind === 'date' ? [{ value: 'date' as const, label: formatMoment(Date.parse(compare.date), 'day', 'utc') }] : []),
          { value: 'other' as const, label: t('compare.other') },
        ]}
      />
      {asking !== null && (
        <AskDialog
          title="compare.label"
          submit="history.show"
          width={360}
          fields={[{ id: 'date', kind: 'text', label: 'compare.date', help: 'compare.dateHint' }]}
          start={{ date: asking }}
          read={({ date }) => (readDate(date) === null ? err({ date: 'compare.dateWrong' }) : ok(date.trim()))}
          onDone={(date) => setCompare({ kind: 'date', date })}
          onClose={() => setAsking(null)}
        />
      )}
    </>
  )
}
