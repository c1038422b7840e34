import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { sendFailureText } from '../../i18n/sendFailureText.ts'
import type { Alarm } from '../../shared/alarms.ts'
import type { Message } from '../../shared/channels.ts'
import { formatDateTime, formatTime } from '../../shared/units.ts'
import { orpc } from '../app/client.ts'
import { failureText } from '../app/failureText.ts'
import { usePreferences } from '../app/preferences.ts'
import { useLanguage } from '../app/useLanguage.ts'
import { Mark, type MarkKind } from '../ui/Mark.tsx'
import { SkeletonRows } from '../ui/Skeleton.tsx'

const everyMs = 5_000
/** So many messages are listed; a flapping incident may have had hundreds. */
const mostListed = 50

/** Notifications of an alarm's incident, newest first, and what became of each. */
export function NotificationList({ alarm }: { readonly alarm: Pick<Alarm, 'id' | 'incident' | 'closed'> }) {
  const { t } = useTranslation()
  const {
    data: messages,
    isError,
    error,
  } = useQuery({
    ...orpc.channels.messages.queryOptions({ input: { alarmId: alarm.id } }),
    refetchInterval: everyMs,
  })
  if (messages === undefined) return isError ? <p className="text-muted">{t('alarms.notRead', { reason: failureText(error) })}</p> : <SkeletonRows rows={2} />
  if (messages.length === 0) return <p className="text-muted">{t('alarmNotifications.none')}</p>
  const listed = messages.slice(-mostListed).reverse()
  return (
    <>
      <ol className="flex flex-col gap-1">
        {listed.map((message) => (
          <NotificationRow key={message.id} message={message} />
        ))}
      </ol>
      {messages.length > listed.length && <p className="text-muted">{t('common.more', { count: messages.length - listed.length })}</p>}
    </>
  )
}

function markOf({ state, failure }: Message): MarkKind {
  if (state === 'delivered') return 'ok'
  if (state === 'refused') return 'minor'
  return failure === null ? 'idle' : 'warning'
}

function NotificationRow({ message }: { readonly message: Message }) {
  const { t } = useTranslation()
  const language = useLanguage()
  const { zone } = usePreferences()
  const { channel, event, at, state, endedAt, failure, mayRepeat, escalated } = message
  const remarks = [
    ...(failure === null || state === 'delivered' ? [] : [sendFailureText(failure, language)]),
    ...(escalated ? [t('alarmNotifications.escalated')] : []),
    ...(mayRepeat ? [t('alarmNotifications.mayRepeat')] : []),
  ]
  return (
    <li className="grid grid-cols-[auto_14px_minmax(0,1fr)] items-baseline gap-x-2">
      <time dateTime={new Date(at).toISOString()} title={formatDateTime(at, zone)} className="text-faint">
        {formatTime(at, zone)}
      </time>
      <Mark kind={markOf(message)} size={10} />
      <span className="break-words">
        <span className="font-medium">{channel}</span> · {t(`alarmNotifications.event.${event}`)} ·{' '}
        {t(`alarmNotifications.state.${state}`, { time: formatTime(endedAt ?? at, zone) })}
        {remarks.map((remark) => (
          <span key={remark} className="block text-muted">
            {remark}
          </span>
        ))}
      </span>
    </li>
  )
}
