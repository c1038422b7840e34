import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { clientName, playabilityReasonText, playabilityVerdictText } from '../../i18n/diagnosisText.ts'
import type { PlayabilityRow } from '../../shared/playability.ts'
import { formatTime } from '../../shared/units.ts'
import { orpc } from '../app/client.ts'
import { failureText } from '../app/failureText.ts'
import { usePreferences } from '../app/preferences.ts'
import { useLanguage } from '../app/useLanguage.ts'
import { Mark, type MarkKind } from '../ui/Mark.tsx'
import { Panel } from '../ui/Panel.tsx'
import { SkeletonRows } from '../ui/Skeleton.tsx'

// That a player can't play it is no trouble: colours of severity are not for it.
const marks: Readonly<Record<PlayabilityRow['verdict'], MarkKind>> = { plays: 'ok', limited: 'warning', cannot: 'idle', unknown: 'unknown' }
/** What is judged by changes with tracks and configuration, which is seldom. */
const renewEveryMs = 10_000

interface PlayabilityCardProps {
  readonly serverId: string
  readonly path: string
}

/** By which kinds of players a stream plays now, and why not; after a diagnosis also by what that found. */
export function PlayabilityCard({ serverId, path }: PlayabilityCardProps) {
  const { t } = useTranslation()
  const { zone } = usePreferences()
  const query = useQuery({ ...orpc.playability.ofStream.queryOptions({ input: { serverId, path } }), refetchInterval: renewEveryMs, retry: false })
  const { data } = query
  return (
    <Panel
      title={t('playability.title')}
      hint={data && (data.triedAt === null ? t('playability.notTried') : t('playability.triedAt', { time: formatTime(data.triedAt, zone) }))}
      className="flex-none"
    >
      {data === undefined && query.error !== null && (
        <p className="mb-1.5 break-words text-muted">{t('common.notAvailable', { reason: failureText(query.error) })}</p>
      )}
      {data ? <Rows rows={data.rows} /> : query.isPending && <SkeletonRows rows={5} />}
    </Panel>
  )
}

function Rows({ rows }: { readonly rows: readonly PlayabilityRow[] }) {
  const language = useLanguage()
  return (
    <ul className="flex flex-col gap-1.5">
      {rows.map((row) => (
        <li key={row.client} className="grid grid-cols-[16px_minmax(0,1fr)_auto] items-baseline gap-x-2">
          <Mark kind={marks[row.verdict]} size={11} />
          <span className="font-medium">{clientName(row, language)}</span>
          <span className="text-right text-muted">{playabilityVerdictText(row, language)}</span>
          {row.reasons.length > 0 && (
            <span className="col-start-2 col-end-4 break-words text-muted text-sm">
              {row.reasons.map((reason) => playabilityReasonText(reason, language)).join(' ')}
            </span>
          )}
        </li>
      ))}
    </ul>
  )
}
