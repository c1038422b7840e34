import { formatDuration } from '../../shared/units.ts'
import { useConnection } from '../app/client.ts'
import { t } from '../app/words.ts'
import { machineNow, useNow } from '../ui/now.ts'
import { fleet, useFleetTick } from './fleet.ts'
import { withoutText } from './withoutText.ts'

/**
 * Age of the shown data: that of the oldest answer, with the server's name if it is stale. Servers without figures are named beside it, as far as
 * `letters` of their names fit. `critical`: the engine is gone. `unknown`: nothing is known, or it is stale.
 */
export function useHeartbeat(letters: number): { readonly kind: 'ok' | 'unknown' | 'critical'; readonly words: string; readonly tip: string } {
  const { state, since } = useConnection()
  const now = useNow()
  useFleetTick()
  const oldest = fleet.oldestAnswer()
  const { missing } = fleet.figures()
  const age = formatDuration(Math.max(0, now - (oldest?.at ?? now)))
  const isOld = oldest === null || now > oldest.staleFrom
  // The stale server is named already.
  const without = withoutText(
    missing.filter((name) => name !== oldest?.name),
    t,
    letters,
  )
  const words =
    oldest === null
      ? missing.length > 0
        ? t('frame.noDataNow')
        : t('common.noData')
      : isOld
        ? t('frame.oldestData', { age, server: oldest.name })
        : t('frame.data', { age })
  const tip = [
    ...(oldest === null ? [] : [t('frame.oldestData', { age, server: oldest.name })]),
    ...(missing.length > 0 ? [t('overview.withoutNamed', { names: missing.join(', ') })] : []),
  ].join(' · ')
  if (state !== 'ready')
    return { kind: 'critical', words: `${t(state === 'lost' ? 'frame.engineGone' : 'serverState.connecting')} ${formatDuration(machineNow() - since)}`, tip }
  return { kind: isOld ? 'unknown' : 'ok', words: oldest === null || without === undefined ? words : `${words} · ${without}`, tip }
}
