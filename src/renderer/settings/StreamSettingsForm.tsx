import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { toast } from 'sonner'
import { streamSettingsSchema } from '../../shared/streams.ts'
import { client, orpc } from '../app/client.ts'
import { failureText } from '../app/failureText.ts'
import { Button } from '../ui/Button.tsx'
import { TextField } from '../ui/Field.tsx'
import { Panel } from '../ui/Panel.tsx'
import { SkeletonRows } from '../ui/Skeleton.tsx'

/** Settings for all streams. */
export function StreamSettingsForm() {
  const { t } = useTranslation()
  const queryClient = useQueryClient()
  const query = useQuery(orpc.streams.settings.queryOptions())
  const [entry, setEntry] = useState<string | null>(null)
  const [failure, setFailure] = useState<string | null>(null)
  const title = t('common.streams')
  if (query.data === undefined)
    return (
      <Panel title={title}>
        {query.isError ? <p className="text-muted">{t('common.failedReason', { reason: failureText(query.error) })}</p> : <SkeletonRows rows={2} />}
      </Panel>
    )
  const shown = entry ?? String(query.data.endedShownMinutes)
  const read = streamSettingsSchema.safeParse({ endedShownMinutes: shown.trim() === '' ? Number.NaN : Number(shown) })
  const save = async () => {
    if (!read.success) return
    setFailure(null)
    try {
      queryClient.setQueryData(orpc.streams.settings.queryKey(), await client.streams.keepSettings(read.data))
      setEntry(null)
      toast(t('common.saved'))
    } catch (error) {
      setFailure(failureText(error))
    }
  }
  return (
    <Panel title={title}>
      <form
        className="grid max-w-[460px] gap-3"
        onSubmit={(event) => {
          event.preventDefault()
          void save()
        }}
      >
        <TextField
          label={t('settings.streams.ended')}
          hint={t('settings.streams.endedHint')}
          error={read.success ? null : t('settings.streams.wrong')}
          inputMode="numeric"
          value={shown}
          onChange={(event) => setEntry(event.target.value)}
        />
        {failure !== null && <p className="font-medium text-critical">{t('common.failedReason', { reason: failure })}</p>}
        <div>
          <Button type="submit" look="primary" disabled={entry === null || !read.success}>
            {t('common.save')}
          </Button>
        </div>
      </form>
    </Panel>
  )
}
