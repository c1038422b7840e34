import { useQuery } from '@tanstack/react-query'
import { PanelLeftClose, PanelLeftOpen } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Link, useLocation } from 'react-router'
import type { AlarmState } from '../../shared/alarms.ts'
import type { StoreFigures } from '../../shared/history.ts'
import { severities } from '../../shared/troubles.ts'
import { formatDuration, formatValue } from '../../shared/units.ts'
import { Logo } from '../ui/Logo.tsx'
import { markColor } from '../ui/Mark.tsx'
import { createMediaHook } from '../ui/media.ts'
import { useEngineNow } from '../ui/now.ts'
import { Tooltip } from '../ui/Tooltip.tsx'
import { toggleRail } from './actions.ts'
import { orpc, useConnection } from './client.ts'
import { fleet, pollIntervalMs, useAlarms, useFleetTick } from './fleet.ts'
import { useJoined } from './joined.ts'
import { usePreferences } from './preferences.ts'

const useNarrow = createMediaHook('(max-width: 1023px)')

/** Whether the address belongs to a page of the rail. Stream pages belong to Streams, although their address is below a server's; the planner belongs to Hosts. */
function isOn(path: string, to: string | undefined, at: string) {
  const root = (to ?? path).split('/')[1] ?? ''
  const [, first = '', , third] = at.split('/')
  const owner = first === 'servers' && third === 'streams' ? 'streams' : first === 'planner' ? 'hosts' : first
  return root === owner
}

/** Navigation to the pages, and the state of the engine. */
export function Rail() {
  const { t } = useTranslation()
  const { pathname } = useLocation()
  const { pages } = useJoined()
  const forced = useNarrow()
  const collapsed = usePreferences().railCollapsed || forced
  return (
    <nav
      aria-label={t('frame.pages')}
      className={`flex flex-none flex-col gap-px border-line border-r bg-surface px-2 ${collapsed ? 'w-[52px]' : 'w-[176px]'}`}
    >
      <div className="flex h-11 flex-none items-center gap-[9px] px-2 text-lg font-[650] tracking-[-0.01em]">
        <Logo />
        {!collapsed && 'mtxdeck'}
      </div>
      {pages.map(({ path, to, title, icon: Icon, counts }) => {
        if (Icon === null) return null
        const on = isOn(path, to, pathname)
        const link = (
          <Link
            key={path}
            to={to ?? path}
            aria-current={on ? 'page' : undefined}
            className={`relative flex min-h-[30px] items-center gap-2.5 rounded-md px-[9px] py-1.5 font-medium ${on ? 'bg-raised text-text' : 'text-muted hover:bg-hover hover:text-text'}`}
          >
            <Icon size={16} className="flex-none opacity-85" aria-hidden="true" />
            {collapsed ? <span className="sr-only">{t(`pages.${title}`)}</span> : t(`pages.${title}`)}
            {counts && <AlarmCount state={counts} collapsed={collapsed} />}
          </Link>
        )
        return collapsed ? (
          <Tooltip key={path} content={t(`pages.${title}`)} side="right">
            {link}
          </Tooltip>
        ) : (
          link
        )
      })}
      <div className="flex-1" />
      {!collapsed && <EngineWords />}
      {!forced && (
        <button
          type="button"
          onClick={toggleRail}
          aria-label={t(collapsed ? 'frame.expand' : 'frame.collapse')}
          className="mb-2 flex min-h-[28px] items-center gap-2.5 rounded-md px-[9px] py-1 text-faint hover:bg-hover hover:text-text"
        >
          {collapsed ? <PanelLeftOpen size={16} aria-hidden="true" /> : <PanelLeftClose size={16} aria-hidden="true" />}
        </button>
      )}
    </nav>
  )
}

/** Number of incidents in a state, in the colour of the worst one. */
function AlarmCount({ state, collapsed }: { readonly state: AlarmState; readonly collapsed: boolean }) {
  const { t } = useTranslation()
  const alarms = useAlarms()
  const worst = severities.find((severity) => (alarms?.bySeverity[state][severity] ?? 0) > 0)
  // What is judged only now is not among the alarms.
  if (alarms === null || alarms.keptFrom !== null || worst === undefined) return null
  const count = formatValue(alarms.counts[state], 'count')
  return (
    <span className={`${markColor[worst]} ${collapsed ? 'absolute top-0 right-0.5 text-xs' : 'ml-auto'} font-semibold`}>
      {count} <span className="sr-only">{t(`alarms.state.${state}`)}</span>
    </span>
  )
}

const limitOf = (store: StoreFigures) => store.kept.reduce((sum, { limit }) => sum + limit.bytes, 0)

function EngineWords() {
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
      {hello && state === 'ready' && <div>{t('frame.engineUp', { duration: formatDuration(now - hello.startedAt) })}</div>}
      {intervals.length > 0 && <div>{t('frame.pathsEvery', { count: fleet.rows().length, seconds })}</div>}
      {store.data && !hello?.bundle && (
        <div>{t('frame.storeOf', { used: formatValue(store.data.bytes, 'bytes'), limit: formatValue(limitOf(store.data), 'bytes') })}</div>
      )}
    </div>
  )
}
