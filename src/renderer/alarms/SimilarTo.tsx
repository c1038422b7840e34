import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { SimilarAlarm } from '../../shared/alarms.ts'
import { formatDateTime } from '../../shared/units.ts'
import { troubleWords } from '../../shared/words/reasonText.ts'
import { orpc } from '../app/client.ts'
import { failureWords } from '../app/failureWords.ts'
import { toAlarm } from '../app/links.ts'
import { usePreferences } from '../app/preferences.ts'
import { useLanguage } from '../app/useLanguage.ts'
import { SeverityMark } from '../fleet/StateMark.tsx'
import { useNow } from '../ui/now.ts'
import { SkeletonRows } from '../ui/Skeleton.tsx'
import { durationWords } from './alarmWords.ts'

/** What was wrong with the same before, for how long, who had it, how it ended, and what was said of it last. */
export function SimilarTo({ id }: { readonly id: string }) {
  const { t } = useTranslation()
  const { data: similar, isError, error } = useQuery(orpc.alarms.similar.queryOptions({ input: { id } }))
  if (similar === undefined) return isError ? <p className="text-muted">{t('alarms.notRead', { reason: failureWords(error) })}</p> : <SkeletonRows rows={2} />
  if (similar.length === 0) return <p className="text-muted">{t('alarms.similarNone')}</p>
  return (
    <ol className="flex flex-col gap-1.5">
      {similar.map((alarm) => (
        <SimilarRow key={alarm.id} alarm={alarm} />
      ))}
    </ol>
  )
}

function SimilarRow({ alarm }: { readonly alarm: SimilarAlarm }) {
  const { t } = useTranslation()
  const language = useLanguage()
  const { zone } = usePreferences()
  const now = useNow()
  const { id, severity, since, closed, acknowledged, lastComment } = alarm
  const ended = [
    t('alarms.lasted', { time: durationWords(alarm, now) }),
    ...(closed === null ? [] : [t(`alarms.closedBy.${closed.because}`)]),
    ...(acknowledged === null ? [] : [acknowledged.by]),
  ]
  return (
    <li>
      <div className="flex flex-wrap items-baseline gap-x-2">
        <SeverityMark severity={severity} />
        <Link to={toAlarm(id)} className="flex-none hover:underline">
          {formatDateTime(since, zone)}
        </Link>
        <span className="ml-auto min-w-0 break-words text-muted text-sm">{ended.join(' · ')}</span>
      </div>
      <p className="truncate text-muted" title={troubleWords(alarm, language).text}>
        {troubleWords(alarm, language).text}
      </p>
      {lastComment !== null && (
        <p className="break-words">
          {lastComment.by}: {lastComment.text}
        </p>
      )}
    </li>
  )
}
