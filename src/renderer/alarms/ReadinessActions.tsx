import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { EnteredReadiness, EnteredValues, Readiness, ReadinessPart } from '../../shared/channels.ts'
import { ok, type Result } from '../../shared/result.ts'
import { type TimeZoneChoice, zoneOf } from '../../shared/units.ts'
import { client } from '../app/client.ts'
import { type FormField, listEntered, type Wrong } from '../app/editing/fields.ts'
import { SendDialog } from '../app/editing/SendDialog.tsx'
import { usePreferences } from '../app/preferences.ts'
import { useAct } from '../app/useAct.ts'
import { Button } from '../ui/Button.tsx'
import { renewedAfter } from './ChannelActions.tsx'
import { listed } from './routeForm.ts'

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
/** Form input for the heartbeat and the drill. */
interface ReadinessEntries {
  readonly url: string
  readonly everySeconds: string
  readonly proxy: string
  readonly publicUrl: string
  readonly days: string
  readonly at: string
  readonly zone: string
}
/** Initial form values from `entered`; null: empty, with the time zone of this window. */
function readinessEntries(entered: EnteredReadiness | null, ownZone: TimeZoneChoice): ReadinessEntries {
  const { everySeconds, proxy, publicUrl, days, at, zone } = entered?.entries ?? {}
  return {
    url: '',
    everySeconds: listed(everySeconds),
    proxy: listed(proxy),
    publicUrl: listed(publicUrl),
    days: listed(days),
    at: listed(at),
    zone: entered === null ? zoneOf(ownZone) : listed(zone),
  }
}
/** Values to send to the engine, which validates them. */
function readReadiness(part: ReadinessPart, { url, everySeconds, proxy, publicUrl, days, at, zone }: ReadinessEntries): Result<EnteredValues, Wrong> {
  if (part === 'heartbeat') return ok({ url: url.trim(), everySeconds: everySeconds.trim(), proxy: proxy.trim() })
  if (part === 'publicUrl') return ok({ publicUrl: publicUrl.trim() })
  return ok({ ...(days.trim() !== '' && { days: [...listEntered(days)] }), at: at.trim(), zone: zone.trim() })
}
/** `kept`: origin of the stored URL, whose rest may be a secret; null: none is stored. */
function readinessFields(part: ReadinessPart, kept: string | null): readonly FormField<ReadinessEntries>[] {
  if (part === 'publicUrl') return [{ id: 'publicUrl', kind: 'text', label: 'channels.form.publicUrlTitle', placeholder: 'https://noc.example.org' }]
  if (part === 'drill')
    return [
      { id: 'days', kind: 'text', label: 'channels.form.days', half: true, placeholder: 'MO' },
      { id: 'at', kind: 'text', label: 'channels.form.at', half: true, placeholder: '10:00' },
      { id: 'zone', kind: 'text', label: 'common.timeZone', placeholder: 'Europe/Berlin' },
    ]
  return [
    {
      id: 'url',
      kind: 'text',
      label: 'common.address',
      placeholder: kept === null ? 'https://hc-ping.com/…' : `${kept}/…`,
      ...(kept !== null && { help: 'channels.form.kept' as const }),
    },
    { id: 'everySeconds', kind: 'text', label: 'channels.form.everySeconds', half: true, placeholder: '60', input: { inputMode: 'numeric' } },
    { id: 'proxy', kind: 'text', label: 'channels.form.proxy', help: 'channels.form.proxyHint', placeholder: 'http://proxy.example.org:3128' },
  ]
}
