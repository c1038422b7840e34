import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { formatDateTime } from '../../shared/units.ts'
import { usePreferences } from '../app/preferences.ts'
import { Button } from '../ui/Button.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { TextField } from '../ui/Field.tsx'
import { Select } from '../ui/Select.tsx'
import { readDate } from './compare.ts'
import { useCompare } from './useCompare.ts'

/** Chooses what the charts are compared with. `end`: of the stretch that they show. */
export function ComparePicker({ end }: { readonly end: number }) {
  const { t } = useTranslation()
  const { zone } = usePreferences()
  const { compare, setCompare } = useCompare()
  const [asking, setAsking] = useState<string | null>(null)
  const value = compare === null ? 'none' : compare.kind
  const wrong = asking !== null && readDate(asking) === null
  const submit = () => {
    if (asking === null || wrong) return
    setCompare({ kind: 'date', date: asking.trim() })
    setAsking(null)
  }
  return (
    <>
      <Select
        label={t('compare.label')}
        value={value}
        onChange={(next: 'none' | 'day' | 'week' | 'date' | 'other') => {
          if (next === 'date') return
          if (next === 'other') setAsking(compare?.kind === 'date' ? compare.date : formatDateTime(end - 2 * 86_400_000, zone).slice(0, 10))
          else setCompare(next === 'none' ? null : { kind: next })
        }}
        className="!min-h-[26px] !py-0.5 !text-sm"
        options={[
          { value: 'none' as const, label: t('compare.none') },
          { value: 'day' as const, label: t('compare.day') },
          { value: 'week' as const, label: t('compare.week') },
          ...(compare?.kind === 'date' ? [{ value: 'date' as const, label: compare.date }] : []),
          { value: 'other' as const, label: t('compare.other') },
        ]}
      />
      {asking !== null && (
        <Dialog
          open
          onOpenChange={(open) => !open && setAsking(null)}
          title={t('compare.title')}
          closeLabel={t('common.close')}
          width={360}
          footer={
            <>
              <Button onClick={() => setAsking(null)}>{t('common.cancel')}</Button>
              <Button look="primary" onClick={submit} disabled={wrong}>
                {t('compare.show')}
              </Button>
            </>
          }
        >
          <form
            onSubmit={(event) => {
              event.preventDefault()
              submit()
            }}
          >
            <TextField
              label={t('compare.date')}
              value={asking}
              onChange={(event) => setAsking(event.target.value)}
              error={wrong ? t('compare.dateWrong') : null}
              hint={t('compare.dateHint')}
            />
          </form>
        </Dialog>
      )}
    </>
  )
}
