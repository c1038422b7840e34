import { CircleQuestionMark, Keyboard, type LucideIcon, Monitor, Moon, Search, Sun } from 'lucide-react'
import { Link, matchRoutes, useLocation } from 'react-router'
import { type Severity, severities } from '../../shared/severities.ts'
import { formatMoment, formatTime, formatValue, zoneNameAt, zoneOf } from '../../shared/units.ts'
import { nextTheme, toggleZone } from '../app/actions.ts'
import { useConnection } from '../app/client.ts'
import { setOpen } from '../app/frameState.ts'
import { GoToPast } from '../app/GoToPast.tsx'
import { toAlarms, toHelp, toStreams } from '../app/links.ts'
import { useMoment } from '../app/moment.ts'
import { usePreferences, zone } from '../app/preferences.ts'
import { t } from '../app/words.ts'
import { useAlarms, useFleetKnown, useVerdict } from '../fleet/fleet.ts'
import { Heartbeat } from '../fleet/inFrame.tsx'
import { useNews } from '../fleet/lastLook.ts'
import { SoundButton } from '../notifications/DeskNotifications.tsx'
import { KeyHint } from '../ui/Button.tsx'
import { Mark } from '../ui/Mark.tsx'
import { useNow } from '../ui/now.ts'
import { Tooltip } from '../ui/Tooltip.tsx'
import { type PageRow, pages } from './pages.tsx'

const mac = /mac/i.test(navigator.platform)
export const modKey = mac ? '⌘' : 'Ctrl'

export function TopBar() {
  const { hello } = useConnection()
  const moment = useMoment()
  const { theme } = usePreferences()
  return (
    <header className="flex h-11 flex-none items-center gap-3 max-[480px]:gap-1 whitespace-nowrap border-line border-b bg-surface px-4">
      <Counters />
      <button
        type="button"
        onClick={() => setOpen('palette')}
        className="ml-auto flex min-h-[28px] min-w-[36px] max-w-[420px] flex-1 items-center gap-2 overflow-hidden rounded-md border border-line bg-bg px-2.5 py-1 text-faint hover:border-line-strong"
      >
        <Search size={15} className="flex-none" aria-hidden="true" />
        <span className="min-w-0 truncate">{t('frame.search')}</span>
        <span className="ml-auto hidden flex-none min-[1440px]:block">
          <KeyHint>{`${modKey} K`}</KeyHint>
        </span>
      </button>
      {hello?.demo && (
        <Tooltip content={t('frame.demo')}>
          <span
            // biome-ignore lint/a11y/noNoninteractiveTabindex: the whole sentence must be reachable by keyboard
            tabIndex={0}
            className="rounded-full border px-2 py-px text-sm font-semibold max-[480px]:hidden"
            style={{ color: 'var(--past)', borderColor: 'color-mix(in srgb, var(--past) 60%, transparent)' }}
          >
            {t('frame.demoShort')}
          </span>
        </Tooltip>
      )}
      {moment === null ? <Heartbeat /> : <Stored />}
      <ClockSwitch />
      {moment === null && <GoToPast />}
      {!hello?.bundle && <SoundButton />}
      <BarButton words={t('keys.theme')} icon={themeIcons[theme]} onClick={nextTheme} />
      <BarButton words={t('common.keyboardShortcuts')} icon={Keyboard} onClick={() => setOpen('keys')} />
      <PageHelp />
    </header>
  )
}

function Stored() {
  return (
    <span className="past-words flex items-center gap-[7px] font-semibold">
      <i className="h-[7px] w-[7px] rounded-full bg-past" />
      {t('past.stored')}
    </span>
  )
}

function ClockSwitch() {
  const engineNow = useNow()
  const moment = useMoment()
  const past = moment !== null
  const now = moment ?? engineNow
  // It may differ between winter and summer.
  const zoneName = zoneNameAt(now, zoneOf())
  return (
    <Tooltip content={t('keys.zone')}>
      <button type="button" onClick={toggleZone} className="flex items-baseline gap-1.5 rounded-md px-1.5 py-1 hover:bg-hover max-[480px]:hidden">
        <span data-clock className={`text-[15px] font-semibold ${past ? 'past-words' : ''}`}>
          {formatTime(now)}
        </span>
        {past && <span className="past-words text-sm font-medium max-[1179px]:hidden">{formatMoment(now, 'day')}</span>}
        <span className="text-sm font-medium text-faint max-[640px]:text-xs">{zone === 'utc' ? 'UTC' : zoneName === 'UTC' ? t('frame.local') : zoneName}</span>
      </button>
    </Tooltip>
  )
}

const themeIcons = { dark: Moon, light: Sun, system: Monitor } as const

function BarButton({ words, icon: Icon, onClick }: { readonly words: string; readonly icon: LucideIcon; readonly onClick: () => void }) {
  return (
    <Tooltip content={words}>
      <button
        type="button"
        onClick={onClick}
        aria-label={words}
        className="-mr-2 max-[480px]:hidden rounded-md p-1.5 text-muted hover:bg-hover hover:text-text"
      >
        <Icon size={16} aria-hidden="true" />
      </button>
    </Tooltip>
  )
}

function PageHelp() {
  const { pathname, search } = useLocation()
  const [shown] =
    matchRoutes(
      pages.map(({ path, help }) => ({ path, handle: help })),
      pathname,
    ) ?? []
  const help = (shown?.route.handle ?? '') as PageRow['help']
  const part = new URLSearchParams(search).get('tab') ?? shown?.params['*']?.split('/')[0] ?? ''
  return (
    <Tooltip content={t('help.ofPage')}>
      <Link
        to={toHelp(typeof help === 'string' ? help : (help[part] ?? help['']))}
        aria-label={t('help.ofPage')}
        className="max-[480px]:hidden rounded-md p-1.5 text-muted hover:bg-hover hover:text-text"
      >
        <CircleQuestionMark size={16} aria-hidden="true" />
      </Link>
    </Tooltip>
  )
}

/** Open alarms by severity, of the moment shown. */
function Counters() {
  const past = useMoment() !== null
  const { state } = useConnection()
  const gone = state !== 'ready' && !past
  return (
    <nav aria-label={t('frame.alarms')} className="flex flex-none items-center gap-0.5">
      <AlarmsBySeverity gone={gone} />
      <span className="ml-2 hidden min-w-0 truncate text-sm min-[1180px]:inline">
        <Summary gone={gone} />
      </span>
    </nav>
  )
}

interface CounterProps {
  readonly severity: Severity
  readonly to: string
  readonly words: readonly string[]
  /** null: unknown. */
  readonly count: number | null
  /** Somebody has each of them. */
  readonly quiet: boolean
  readonly gone: boolean
}
function Counter({ severity, to, words, count, quiet, gone }: CounterProps) {
  const some = (count ?? 0) > 0
  return (
    <Tooltip content={words.join(' · ')}>
      <Link
        to={to}
        className={`flex min-h-[26px] min-w-[46px] items-center gap-[5px] rounded-md border border-transparent px-2 font-semibold hover:border-line-strong ${gone ? 'stale' : ''} ${some ? '' : 'max-[860px]:hidden'}`}
      >
        <span className="sr-only">{words.join(', ')}</span>
        <span aria-hidden="true" className="contents">
          {some && !quiet ? (
            <Mark kind={severity} word={formatValue(count, 'count')} />
          ) : (
            <>
              <Mark kind={severity} className={some ? 'opacity-60' : 'opacity-70 grayscale'} />
              <span className={some ? 'font-medium text-muted' : 'text-faint'}>{count === null ? '' : formatValue(count, 'count')}</span>
            </>
          )}
        </span>
      </Link>
    </Tooltip>
  )
}

const statesCounted = ['unacknowledged', 'acknowledged'] as const

function AlarmsBySeverity({ gone }: { readonly gone: boolean }) {
  const alarms = useAlarms()
  // Nobody knows who had what is judged only now.
  const isKept = alarms?.keptFrom == null
  return severities.map((severity) => {
    const of = (state: (typeof statesCounted)[number]) => alarms?.bySeverity[state][severity] ?? 0
    const [untaken, taken] = [of('unacknowledged'), of('acknowledged')]
    const words = [
      t('frame.severityCount', { count: untaken + taken, severity: t(`severity.${severity}`) }),
      ...(isKept && untaken > 0 ? [t('frame.alarmCount.unacknowledged', { count: untaken })] : []),
      ...(taken > 0 ? [t('frame.alarmCount.acknowledged', { count: taken })] : []),
    ]
    const to = isKept ? toAlarms({ state: statesCounted, severity }) : toStreams({ severity: [severity] })
    return <Counter key={severity} {...{ severity, words, gone, to }} count={alarms === null ? null : alarms.open.bySeverity[severity]} quiet={untaken === 0} />
  })
}

const statesNamed = ['unacknowledged', 'healedUnseen', 'shelved'] as const

function Summary({ gone }: { readonly gone: boolean }) {
  const known = useFleetKnown()
  const alarms = useAlarms()
  const past = useMoment() !== null
  const news = useNews(past ? null : (alarms?.list ?? null))
  const verdict = useVerdict()
  const { since } = useConnection()
  if (!known) return null
  if (gone) return <Mark kind="unknown" word={t('frame.asOf', { time: formatTime(since) })} quiet />
  const isKept = alarms?.keptFrom == null
  const named = isKept ? statesNamed.filter((state) => (alarms?.counts[state] ?? 0) > 0) : []
  if (verdict === 'well' && named.length === 0) return <Mark kind="ok" word={t('frame.noTroubles')} quiet />
  return (
    <span className="flex items-center gap-3">
      {verdict === 'unknown' && <Mark kind="unknown" word={t('common.someStatesUnknown')} quiet />}
      {!isKept && verdict === 'trouble' && <b className="font-semibold">{t('overview.penaltyIncidents', { count: alarms?.open.total ?? 0 })}</b>}
      {named.map((state, place) => (
        <Link
          key={state}
          to={toAlarms({ state: [state] })}
          className={`hover:underline ${state === 'unacknowledged' ? 'font-semibold' : 'text-muted'} ${place > 0 ? 'max-[1439px]:hidden' : ''}`}
        >
          {t(`frame.alarmCount.${state}`, { count: alarms?.counts[state] ?? 0 })}
        </Link>
      ))}
      {news !== null && (
        <Link to={toAlarms({})} className="hover:underline">
          {t('alarms.newSince', { count: news.count, time: formatTime(news.since) })}
        </Link>
      )}
    </span>
  )
}
