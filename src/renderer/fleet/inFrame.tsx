import { useEffect } from 'react'
import type { Severity } from '../../shared/severities.ts'
import { formatDuration, formatValue } from '../../shared/units.ts'
import { useConnection } from '../app/client.ts'
import { shell } from '../app/connection.ts'
import { t } from '../app/words.ts'
import { Mark, markColor } from '../ui/Mark.tsx'
import { machineNow, useNow } from '../ui/now.ts'
import { Tooltip } from '../ui/Tooltip.tsx'
import { fleet, useAlarms, useFleetTick, useLiveAlarms, useLiveVerdict } from './fleet.ts'
import { withoutText } from './fleetFigures.ts'

const lettersInBar = 20

export function Heartbeat() {
  const { kind, words, tip } = useHeartbeat(lettersInBar)
  return (
    <Tooltip content={tip}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the explanation must be reachable by keyboard */}
      <span tabIndex={0} data-heartbeat className="flex min-w-0 items-center gap-[7px] text-muted">
        {kind === 'ok' ? (
          <>
            <i className="h-[7px] w-[7px] flex-none rounded-full bg-ok" />
            <span className="min-w-0 max-w-[280px] truncate max-[760px]:sr-only">{words}</span>
          </>
        ) : (
          <Mark kind={kind} word={words} />
        )}
      </span>
    </Tooltip>
  )
}

/** That of the oldest answer. `letters`: room for servers' names. `critical`: the engine is gone. `unknown`: nothing is known, or it is stale. */
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

export function AlarmCount({ collapsed }: { readonly collapsed: boolean }) {
  const alarms = useAlarms()
  // What is judged only now is not among the alarms.
  if (alarms === null || alarms.keptFrom !== null || alarms.open.worst === null) return null
  return (
    <span className={`${markColor[alarms.open.worst]} ${collapsed ? 'absolute top-0 right-0.5 text-xs' : 'ml-auto'} font-semibold`}>
      {formatValue(alarms.open.total, 'count')} <span className="sr-only">{t('overview.troubles')}</span>
    </span>
  )
}

/** Open incidents of now, even in the past, in the window's title, its icon and the tray. */
export function WorstInTitle() {
  const { state, hello } = useConnection()
  const verdict = useLiveVerdict()
  const alarms = useLiveAlarms()
  const { worst = null, total = 0 } = alarms?.open ?? {}
  const untaken = alarms?.counts.unacknowledged ?? 0
  const gone = alarms !== null && state !== 'ready'
  const loud = !gone && untaken > 0 ? worst : null
  const remark = gone
    ? t('frame.engineGone')
    : hello?.bundle
      ? hello.bundle.name
      : loud !== null
        ? `(${total}) ${t(`severity.${loud}`)}`
        : total > 0
          ? t('frame.alarmCount.acknowledged', { count: total })
          : verdict === 'unknown'
            ? t('common.someStatesUnknown')
            : null
  const title = `${remark === null ? '' : `${remark} · `}mtxdeck`
  useEffect(() => {
    document.title = title
  }, [title])
  useEffect(() => drawFavicon(loud), [loud])
  useEffect(() => {
    if (verdict !== null) shell?.setWorst(verdict, worst, total)
  }, [verdict, worst, total])
  return null
}
/** As in the dark theme: browsers have their own background. */
const colors: Readonly<Record<Severity, string>> = { critical: '#ff5257', major: '#ff9130', minor: '#f5cf3a', warning: '#4fb0ff' }
let usual: string | null = null
/** null: the icon alone. */
function drawFavicon(severity: Severity | null): void {
  const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]')
  if (link === null) return
  usual ??= link.href
  link.href = severity === null ? usual : `data:image/svg+xml,${encodeURIComponent(marked(colors[severity]))}`
}
const marked = (color: string) =>
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><rect width="24" height="24" rx="5" fill="#10151c"/>' +
  '<path d="M4.5 16V8M8.5 18.5V5.5M12.5 14.5V9.5M16.5 17.5V6.5M20 13.5v-3" fill="none" stroke="#6aa6ff" stroke-width="2" stroke-linecap="round"/>' +
  `<circle cx="18" cy="6" r="6" fill="${color}"/></svg>`
