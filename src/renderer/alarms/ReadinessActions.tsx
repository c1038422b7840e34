import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Readiness, ReadinessPart } from '../../shared/channels.ts'
import { client } from '../app/client.ts'
import { SendDialog } from '../app/editing/SendDialog.tsx'
import { usePreferences } from '../app/preferences.ts'
import { useAct } from '../app/useAct.ts'
import { Button } from '../ui/Button.tsx'
import { renewedAfter } from './ChannelActions.tsx'
import { readinessEntries, readinessFields, readReadiness } from './readinessForm.ts'

/** What can be done to the heartbeat or the drill; nothing where it is in the configuration file. */
export function ReadinessActions({ part, readiness }: { readonly part: ReadinessPart; readonly readiness: Readiness }) {
  const { t } = useTranslation()
  const act = useAct()
  const { zone } = usePreferences()
  const [isOpen, setOpen] = useState(false)
  const entered = readiness.entered[part]
  if (entered === null && readiness[part] !== null) return <span className="flex-none text-faint">{t('settings.yaml')}</span>
  const title = t(`channels.form.${part}Title`)
  const change = t(entered === null ? 'channels.form.setUp' : 'common.change')
  return (
    <span className="flex flex-none gap-1">
      <Button look="quiet" aria-label={`${change}: ${title}`} onClick={() => setOpen(true)}>
        {change}
      </Button>
      {entered !== null && (
        <Button
          look="quiet"
          aria-label={`${t('common.remove')}: ${title}`}
          onClick={() => void act(renewedAfter(client.channels.removeReadiness({ part })), t('common.removedName', { name: title }))}
        >
          {t('common.remove')}
        </Button>
      )}
      {isOpen && (
        <SendDialog
          title={title}
          description={t(`channels.form.${part}Text`)}
          submit={t('common.save')}
          fields={readinessFields(part, entered === null ? null : (readiness.heartbeat?.origin ?? null))}
          start={readinessEntries(entered, zone)}
          read={(typed) => readReadiness(part, typed)}
          send={(entries) => renewedAfter(client.channels.putReadiness({ part, entries }))}
          fieldOf={(key) => key}
          onClose={() => setOpen(false)}
        />
      )}
    </span>
  )
}
