import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { OnAir } from '../../shared/onAir.ts'
import { formatStretch, formatTime } from '../../shared/units.ts'
import { orpc, queryClient } from '../app/client.ts'
import { failureText } from '../app/failureText.ts'
import { toMaintenance } from '../app/links.ts'
import { useMoment } from '../app/moment.ts'
import { usePreferences } from '../app/preferences.ts'
import { planFor } from './onAirForm.ts'

const everyMs = 5_000

/** All times on air now. In the past they are not asked for: only those of now are known. */
export function useOnAir() {
  const live = useMoment() === null
  const query = useQuery({ ...orpc.onAir.list.queryOptions(), enabled: live, refetchInterval: everyMs })
  return { plans: live ? query.data : undefined, failed: query.isError && query.data === undefined ? failureText(query.error) : null }
}

/** The plan that counts for a stream now; null: none is for it. */
export function useOnAirOf(server: { readonly name: string; readonly tags: readonly string[] } | undefined, path: string): OnAir | null {
  const { plans = [] } = useOnAir()
  return server === undefined ? null : planFor(plans, server, path)
}

/** Reads them again at once, after a change. */
export function renewOnAir(): Promise<void> {
  return queryClient.invalidateQueries({ queryKey: orpc.onAir.key() })
}

/** The plan of a stream: until when it is to be on air, or when next. */
export function OnAirFact({ plan: { name, now: lasts, next } }: { readonly plan: OnAir }) {
  const { t } = useTranslation()
  const { zone } = usePreferences()
  const [first] = next
  return (
    <>
      <Link to={toMaintenance} className="text-accent hover:underline">
        {name}
      </Link>{' '}
      <span className="text-faint">
        {lasts !== null
          ? t('common.untilTime', { time: formatTime(lasts.to, zone) })
          : first === undefined
            ? t('maintenance.none')
            : formatStretch(first.from, first.to, zone)}
      </span>
    </>
  )
}
