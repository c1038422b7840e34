import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { type StreamSettings, streamSettingsSchema } from '../../shared/streams.ts'
import { client, orpc } from '../app/client.ts'
import { numberEntered } from '../app/editing/fields.ts'
import { Loaded } from '../app/Loaded.tsx'
import { Button } from '../ui/Button.tsx'
import { TextField } from '../ui/Field.tsx'
import { Panel } from '../ui/Panel.tsx'
import { useSetting } from './useSetting.ts'

/** Settings for all streams. */
export function StreamSettingsForm() {
  const { t } = useTranslation()
  const query = useQuery(orpc.streams.settings.queryOptions())
  return (
    <Panel title={t('common.streams')}>
      <Loaded query={query} rows={2}>
        {(settings) => <Form settings={settings} />}
      </Loaded>
    </Panel>
  )
}

function Form({ settings }: { readonly settings: StreamSettings }) {
  const { t } = useTranslation()
  const queryClient = useQueryClient()
  const { entry, enter, failure, save } = useSetting<string>()
  const shown = entry ?? String(settings.endedShownMinutes)
  const read = streamSettingsSchema.safeParse({ endedShownMinutes: numberEntered(shown) })
  return (
    <form
      className="grid max-w-[460px] gap-3"
      onSubmit={(event) => {
        event.preventDefault()
        if (read.success) void save(async () => queryClient.setQueryData(orpc.streams.settings.queryKey(), await client.streams.keepSettings(read.data)))
      }}
    >
      <TextField
        label={t('settings.streams.ended')}
        hint={t('settings.streams.endedHint')}
        error={read.success ? null : t('settings.streams.wrong')}
        inputMode="numeric"
        value={shown}
        onChange={(event) => enter(event.target.value)}
      />
      {failure !== null && <p className="font-medium text-critical">{t('common.failedReason', { reason: failure })}</p>}
      <div>
        <Button type="submit" look="primary" disabled={entry === null || !read.success}>
          {t('common.save')}
        </Button>
      </div>
    </form>
  )
}
