import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { StoreFigures } from '../../shared/history.ts'
import { formatDuration, formatValue } from '../../shared/units.ts'
import { orpc, useConnection } from '../app/client.ts'
import { useEngineNow } from '../ui/now.ts'
import { fleet, pollIntervalMs, useFleetTick } from './fleet.ts'

const limitOf = (store: StoreFigures) => store.kept.reduce((sum, { limit }) => sum + limit.bytes, 0)

/** How long the engine has been running, what it polls, and how much it keeps; of a bundle nothing, which is done. */
export function EngineText() {
  const { t } = useTranslation()
  const { hello, state } = useConnection()
  const now = useEngineNow()
  useFleetTick()
  const store = useQuery(orpc.history.store.queryOptions({ refetchInterval: 60_000 }))
  const intervals = fleet.servers().flatMap((server) => (server.paused ? [] : [pollIntervalMs(server) / 1000]))
  const shortest = Math.min(...intervals)
  const longest = Math.max(...intervals)
  const seconds = shortest === longest ? formatValue(shortest, 'count') : `${formatValue(shortest, 'count')}–${formatValue(longest, 'count')}`
  return (
    <div className="px-[9px] py-2 text-xs text-faint">
      {hello && state === 'ready' && !hello.bundle && <div>{t('frame.engineUp', { duration: formatDuration(now - hello.startedAt) })}</div>}
      {intervals.length > 0 && !hello?.bundle && <div>{t('frame.pathsEvery', { count: fleet.rows().length, seconds })}</div>}
      {store.data && !hello?.bundle && (
        <div>{t('frame.storeOf', { used: formatValue(store.data.bytes, 'bytes'), limit: formatValue(limitOf(store.data), 'bytes') })}</div>
      )}
    </div>
  )
}
