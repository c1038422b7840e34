import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { sendFailureText } from '../../i18n/sendFailureText.ts'
import type { Channel, ChannelTest, Readiness } from '../../shared/channels.ts'
import { formatDateTime, formatSpan, formatTime } from '../../shared/units.ts'
import { orpc } from '../app/client.ts'
import { failureText } from '../app/failureText.ts'
import { usePreferences } from '../app/preferences.ts'
import { useLanguage } from '../app/useLanguage.ts'
import { Mark, type MarkKind } from '../ui/Mark.tsx'
import { Panel } from '../ui/Panel.tsx'
import { SkeletonRows } from '../ui/Skeleton.tsx'
import { PublicAddress } from './PublicAddress.tsx'
import { ReadinessActions } from './ReadinessActions.tsx'

const everyMs = 5_000
/** So many tests of all channels are listed. */
const mostListed = 20

/** Whether somebody would notice that this console is dead, or that a channel works no more. */
export function ReadinessPanel({ channels }: { readonly channels: readonly Channel[] }) {
  const { t } = useTranslation()
  const { data, isError, error } = useQuery({ ...orpc.channels.readiness.queryOptions(), refetchInterval: everyMs })
  const tests = channels
    .flatMap(({ name, tests: of }) => of.map((test) => ({ name, test })))
    .sort((a, b) => b.test.at - a.test.at)
    .slice(0, mostListed)
  return (
    <Panel title={t('channels.readiness')} className="flex-none">
      {data === undefined ? (
        isError ? (
          <p className="text-muted">{t('alarms.notRead', { reason: failureText(error) })}</p>
        ) : (
          <SkeletonRows rows={2} />
        )
      ) : (
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
          <dd>
            <PublicAddress readiness={data} />
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
    </Panel>
  )
}

function HeartbeatLine({ heartbeat }: Pick<Readiness, 'heartbeat'>) {
  const { t } = useTranslation()
  const language = useLanguage()
  const { zone } = usePreferences()
  if (heartbeat === null) return <span className="text-muted">{t('channels.form.heartbeatText')}</span>
  const { origin, everySeconds, okAt, failure } = heartbeat
  const mark: MarkKind = failure !== null ? 'major' : okAt === null ? 'idle' : 'ok'
  return (
    <span>
      <Mark kind={mark} size={10} /> {origin}, {t('common.everyTime', { time: formatSpan(everySeconds * 1_000) })}
      {okAt !== null && ` · ${t('channels.answered', { time: formatTime(okAt, zone) })}`}
      {failure !== null && <span className="block">{sendFailureText(failure, language)}</span>}
    </span>
  )
}

function TestRow({ name, test: { at, isDrill, failure } }: { readonly name: string; readonly test: ChannelTest }) {
  const { t } = useTranslation()
  const language = useLanguage()
  const { zone } = usePreferences()
  return (
    <li className="grid grid-cols-[auto_14px_minmax(0,1fr)] items-baseline gap-x-2">
      <time dateTime={new Date(at).toISOString()} title={formatDateTime(at, zone)} className="text-faint">
        {formatTime(at, zone)}
      </time>
      <Mark kind={failure === null ? 'ok' : 'major'} size={10} />
      <span className="break-words">
        <span className="font-medium">{name}</span> · {t(isDrill ? 'channels.form.drillTitle' : 'channels.test')} ·{' '}
        {failure === null ? t('channels.well') : sendFailureText(failure, language)}
      </span>
    </li>
  )
}
