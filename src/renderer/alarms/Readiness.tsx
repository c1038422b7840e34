import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { sendFailureText } from '../../i18n/reasonText.ts'
import type { Channel, ChannelTest, EnteredReadiness, EnteredValues, Readiness, ReadinessPart } from '../../shared/channels.ts'
import { ok, type Result } from '../../shared/result.ts'
import { formatSpan, formatTime, type TimeZoneChoice, zoneOf } from '../../shared/units.ts'
import { act } from '../app/act.ts'
import { client, orpc } from '../app/client.ts'
import { entriesOfIds, type FormField, listEntered, type Wrong } from '../app/editing/fields.ts'
import { SendDialog } from '../app/editing/SendDialog.tsx'
import { Loaded } from '../app/Loaded.tsx'
import { TimedItem } from '../app/lists.tsx'
import { zone } from '../app/preferences.ts'
import { language, t } from '../app/words.ts'
import { useMay } from '../fleet/me.tsx'
import { Button } from '../ui/Button.tsx'
import { Mark, type MarkKind } from '../ui/Mark.tsx'
import { Panel } from '../ui/Panel.tsx'
import { listed } from './channelForm.ts'
import { renewedAfter } from './PausedChannels.tsx'

const everyMs = 5_000
const mostListed = 20

/** Whether somebody would notice that this console is dead, or that a channel works no more. */
export function ReadinessPanel({ channels }: { readonly channels: readonly Channel[] }) {
  const query = useQuery({ ...orpc.channels.readiness.queryOptions(), refetchInterval: everyMs })
  const tests = channels
    .flatMap(({ name, tests: of }) => of.map((test) => ({ name, test })))
    .sort((a, b) => b.test.at - a.test.at)
    .slice(0, mostListed)
  return (
    <Panel title={t('channels.readiness')} className="flex-none">
      <Loaded query={query} rows={2} failed="alarms.notRead">
        {(data) => (
          <dl className="grid grid-cols-[auto_minmax(0,1fr)] items-baseline gap-x-4 gap-y-1.5">
            <dt className="text-muted">{t('channels.form.heartbeatTitle')}</dt>
            <dd className="flex items-baseline justify-between gap-3">
              <HeartbeatLine heartbeat={data.heartbeat} />
              <ReadinessActions part="heartbeat" readiness={data} />
            </dd>
            <dt className="text-muted">{t('channels.form.drillTitle')}</dt>
            <dd className="flex items-baseline justify-between gap-3">
              <span className={data.drill === null ? 'text-muted' : ''}>
                {data.drill === null
                  ? t('channels.form.drillText')
                  : `${data.drill.weekly.map((hours) => hours.replace(/-24:00$/, '')).join(', ')} ${data.drill.zone}`}
              </span>
              <ReadinessActions part="drill" readiness={data} />
            </dd>
            <dt className="text-muted">{t('channels.form.publicUrlTitle')}</dt>
            <dd className="flex items-baseline justify-between gap-3">
              <span className={data.publicUrl === null ? 'text-muted' : ''}>{data.publicUrl ?? t('channels.form.publicUrlText')}</span>
              <ReadinessActions part="publicUrl" readiness={data} />
            </dd>
            <dt className="text-muted">{t('channels.tests')}</dt>
            <dd>
              {tests.length === 0 ? (
                <span className="text-muted">{t('common.noneYet')}</span>
              ) : (
                <ol className="flex flex-col gap-1">
                  {tests.map(({ name, test }) => (
                    <TestRow key={`${name} ${test.at}`} name={name} test={test} />
                  ))}
                </ol>
              )}
            </dd>
          </dl>
        )}
      </Loaded>
    </Panel>
  )
}

function HeartbeatLine({ heartbeat }: Pick<Readiness, 'heartbeat'>) {
  if (heartbeat === null) return <span className="text-muted">{t('channels.form.heartbeatText')}</span>
  const { origin, everySeconds, okAt, failure } = heartbeat
  const mark: MarkKind = failure !== null ? 'major' : okAt === null ? 'idle' : 'ok'
  return (
    <span>
      <Mark kind={mark} size={10} /> {origin}, {t('common.everyTime', { time: formatSpan(everySeconds * 1_000) })}
      {okAt !== null && ` · ${t('channels.answered', { time: formatTime(okAt) })}`}
      {failure !== null && <span className="block">{sendFailureText(failure, language)}</span>}
    </span>
  )
}

function TestRow({ name, test: { at, isDrill, failure } }: { readonly name: string; readonly test: ChannelTest }) {
  return (
    <TimedItem at={at} mark={failure === null ? 'ok' : 'major'}>
      <span className="font-medium">{name}</span> · {t(isDrill ? 'channels.form.drillTitle' : 'channels.test')} ·{' '}
      {failure === null ? t('channels.well') : sendFailureText(failure, language)}
    </TimedItem>
  )
}

/** What an administrator can do to a part that is not from the configuration file. */
function ReadinessActions({ part, readiness }: { readonly part: ReadinessPart; readonly readiness: Readiness }) {
  const [isOpen, setOpen] = useState(false)
  const entered = readiness.entered[part]
  if (!useMay('administer')) return null
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
const entriesOfPart = { heartbeat: ['url', 'everySeconds', 'proxy'], publicUrl: ['publicUrl'], drill: ['days', 'at', 'zone'] } as const
const entryIds = Object.values(entriesOfPart).flat()
type ReadinessEntries = Readonly<Record<(typeof entryIds)[number], string>>
/** Without the URL, which may be secret; null: empty, with the time zone of this window. */
function readinessEntries(entered: EnteredReadiness | null, ownZone: TimeZoneChoice): ReadinessEntries {
  const stored: EnteredValues = entered === null ? { zone: zoneOf(ownZone) } : entered.entries
  return { ...entriesOfIds(entryIds, (id) => listed(stored[id])), url: '' }
}
function readReadiness(part: ReadinessPart, typed: ReadinessEntries): Result<EnteredValues, Wrong> {
  const sent = entriesOfPart[part].filter((id) => id !== 'days' || typed.days.trim() !== '')
  return ok(Object.fromEntries(sent.map((id) => [id, id === 'days' ? [...listEntered(typed.days)] : typed[id].trim()])))
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
