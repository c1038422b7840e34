import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { toast } from 'sonner'
import { formatDateTime, formatValue } from '../../shared/units.ts'
import { client, orpc } from '../app/client.ts'
import { usePreferences } from '../app/preferences.ts'
import { Banner } from '../ui/Banner.tsx'
import { Bar } from '../ui/Bar.tsx'
import { Button } from '../ui/Button.tsx'
import { TextField } from '../ui/Field.tsx'
import { useNow } from '../ui/now.ts'
import { Panel } from '../ui/Panel.tsx'
import { SkeletonRows } from '../ui/Skeleton.tsx'
import { bytesPerDay, type KeepForm, keepFormOf, readKeepForm } from './keepForm.ts'

/** How long history is kept, and how much of it there is. */
export const HistorySettings = () => {
  const { t } = useTranslation()
  const now = useNow()
  const { zone } = usePreferences()
  const queryClient = useQueryClient()
  const query = useQuery({ ...orpc.history.store.queryOptions(), refetchInterval: 5000 })
  const [form, setForm] = useState<KeepForm | null>(null)
  const [failure, setFailure] = useState<string | null>(null)
  const figures = query.data
  if (figures === undefined)
    return (
      <Panel title={t('settings.sections.history')}>
        <SkeletonRows rows={5} />
      </Panel>
    )
  const shown = form ?? keepFormOf(figures)
  const read = readKeepForm(shown)
  const wrong = read.ok ? [] : read.error
  const perDay = bytesPerDay(figures, now)
  const save = async () => {
    if (!read.ok) return
    setFailure(null)
    try {
      const kept = await client.history.keep(read.value)
      queryClient.setQueryData(orpc.history.store.queryKey(), kept)
      setForm(null)
      toast(t('settings.keepSaved', { days: kept.keepDays, size: formatValue(kept.keepBytes, 'bytes') }))
    } catch (error) {
      setFailure(error instanceof Error ? error.message : String(error))
    }
  }
  return (
    <div className="flex flex-col gap-3">
      {figures.trouble !== null && <Banner kind="critical" title={figures.trouble} />}
      <Panel title={t('settings.sections.history')}>
        <dl className="mb-4 grid grid-cols-[auto_minmax(0,1fr)] gap-x-3.5 gap-y-[3px]">
          <dt className="text-faint">{t('settings.used')}</dt>
          <dd>
            {t('settings.usedOf', { used: formatValue(figures.bytes, 'bytes'), limit: formatValue(figures.keepBytes, 'bytes') })}{' '}
            <Bar percent={(figures.bytes / figures.keepBytes) * 100} width={80} />
          </dd>
          <dt className="text-faint">{t('settings.reaches')}</dt>
          <dd>{figures.from === null ? t('settings.reachesNothing') : formatDateTime(figures.from, zone)}</dd>
        </dl>
        <form
          className="flex flex-col gap-2"
          onSubmit={(event) => {
            event.preventDefault()
            void save()
          }}
        >
          <div className="grid max-w-[420px] grid-cols-2 gap-3.5">
            <TextField
              label={t('settings.keepDays')}
              inputMode="decimal"
              value={shown.days}
              onChange={(event) => setForm({ ...shown, days: event.target.value })}
              error={wrong.includes('days') ? t('settings.keepWrongDays') : null}
            />
            <TextField
              label={t('settings.keepBytes')}
              inputMode="decimal"
              value={shown.gigabytes}
              onChange={(event) => setForm({ ...shown, gigabytes: event.target.value })}
              error={wrong.includes('gigabytes') ? t('settings.keepWrongBytes') : null}
            />
          </div>
          <p className="text-faint">
            {t('settings.keepHint')}{' '}
            {perDay !== null &&
              read.ok &&
              t('settings.perDay', {
                size: formatValue(perDay, 'bytes'),
                limit: formatValue(read.value.keepBytes, 'bytes'),
                days: formatValue(read.value.keepBytes / perDay, 'count'),
              })}
          </p>
          {failure !== null && <p className="font-medium text-critical">{t('settings.failed', { reason: failure })}</p>}
          <Button type="submit" look="primary" disabled={form === null || !read.ok} className="self-start">
            {t('settings.keepSave')}
          </Button>
        </form>
      </Panel>
    </div>
  )
}
