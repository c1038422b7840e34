import { Keyboard, Monitor, Moon, Search, Sun } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { type Severity, severities } from '../../shared/troubles.ts'
import { formatMoment, formatTime, formatValue, zoneNameAt, zoneOf } from '../../shared/units.ts'
import { KeyHint } from '../ui/KeyHint.tsx'
import { Mark } from '../ui/Mark.tsx'
import { useNow } from '../ui/now.ts'
import { Tooltip } from '../ui/Tooltip.tsx'
import { nextTheme, toggleZone } from './actions.ts'
import { useConnection } from './client.ts'
import { useAlarms, useFleetKnown, useVerdict } from './fleet.ts'
import { setOpen } from './frameState.ts'
import { useHeartbeat } from './heartbeat.ts'
import { useJoined } from './joined.ts'
import { useNews } from './lastLook.ts'
import { toAlarms, toStreams } from './links.ts'
import { useMoment } from './moment.ts'
import { GoToPast } from './PastBar.tsx'
import { usePreferences } from './preferences.ts'

/** Letters of names that fit beside the age of the data. */
const lettersInBar = 20

const mac = /mac/i.test(navigator.platform)
/** Ctrl or Cmd, as the keyboard here has it. */
export const modKey = mac ? '⌘' : 'Ctrl'

/** Alarms by severity, search, heartbeat, clock. */
export function TopBar() {
  const { t } = useTranslation()
  const { hello } = useConnection()
  const moment = useMoment()
  const { SoundButton } = useJoined()
  return (
    <header className="flex h-11 flex-none items-center gap-3 whitespace-nowrap border-line border-b bg-surface px-4">
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
            className="rounded-full border px-2 py-px text-sm font-semibold"
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
      <ThemeSwitch />
      <Tooltip content={t('frame.keyboard')}>
        <button
          type="button"
          onClick={() => setOpen('keys')}
          aria-label={t('frame.keyboard')}
          className="rounded-md p-1.5 text-muted hover:bg-hover hover:text-text"
        >
          <Keyboard size={16} aria-hidden="true" />
        </button>
      </Tooltip>
    </header>
  )
}

/** Open alarms by severity, in the past those of then. */
function Counters() {
  const { t } = useTranslation()
  const past = useMoment() !== null
  const { state } = useConnection()
  const gone = state !== 'ready' && !past
  return (
    <nav aria-label={t(past ? 'past.alarmsThen' : 'frame.alarms')} className="flex flex-none items-center gap-0.5">
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
  /** What the numbers are. */
  readonly words: readonly string[]
  /** null: unknown so far. */
  readonly count: number | null
  /** A second, quiet number. */
  readonly quiet?: number
  readonly gone: boolean
}
/** A number of one severity with its mark: grey if it is 0. */
function Counter({ severity, to, words, count, quiet = 0, gone }: CounterProps) {
  const loud = (count ?? 0) > 0
  return (
    <Tooltip content={words.join(' · ')}>
      <Link
        to={to}
        className={`flex min-h-[26px] min-w-[46px] items-center gap-[5px] rounded-md border border-transparent px-2 font-semibold hover:border-line-strong ${gone ? 'stale' : ''} ${loud || quiet > 0 ? '' : 'max-[860px]:hidden'}`}
      >
        <span className="sr-only">{words.join(', ')}</span>
        <span aria-hidden="true" className="contents">
          {loud ? (
            <Mark kind={severity} word={formatValue(count, 'count')} />
          ) : (
            <Mark kind={severity} className={quiet > 0 ? 'opacity-60' : 'opacity-70 grayscale'} />
          )}
          {quiet > 0 ? (
            <span className="font-medium text-muted">{`${loud ? '+' : ''}${formatValue(quiet, 'count')}`}</span>
          ) : (
            !loud && <span className="text-faint">{count ?? ''}</span>
          )}
        </span>
      </Link>
    </Tooltip>
  )
}

/** States of incidents that are counted by severity, which are those that a click on the number lists. */
const statesCounted = ['unacknowledged', 'acknowledged'] as const

function AlarmsBySeverity({ gone }: { readonly gone: boolean }) {
  const { t } = useTranslation()
  const alarms = useAlarms()
  // Of what is judged only now, nobody knows who had it.
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
    return <Counter key={severity} {...{ severity, words, gone, to }} count={alarms === null ? null : untaken} quiet={taken} />
  })
}

/** States of open alarms beside their number by severity. */
const statesNamed = ['unacknowledged', 'healedUnseen', 'shelved'] as const

/** Summary of all alarms. */
function Summary({ gone }: { readonly gone: boolean }) {
  const { t } = useTranslation()
  const known = useFleetKnown()
  const alarms = useAlarms()
  const verdict = useVerdict()
  const { since } = useConnection()
  const { zone } = usePreferences()
  const past = useMoment() !== null
  const news = useNews(past ? null : (alarms?.list ?? null))
  if (!known) return null
  if (gone) return <Mark kind="unknown" word={t('frame.asOf', { time: formatTime(since, zone) })} quiet />
  const isKept = alarms?.keptFrom == null
  const named = isKept ? statesNamed.filter((state) => (alarms?.counts[state] ?? 0) > 0) : []
  if (verdict === 'well' && named.length === 0) return <Mark kind="ok" word={t('frame.noTroubles')} quiet />
  return (
    <span className="flex items-center gap-3">
      {verdict === 'unknown' && <Mark kind="unknown" word={t('frame.notAllKnown')} quiet />}
      {!isKept && verdict === 'trouble' && <b className="font-semibold">{t('past.incidentCount', { count: alarms?.totalIncidents ?? 0 })}</b>}
      {named.map((state) => (
        <Link
          key={state}
          to={toAlarms({ state: [state] })}
          className={`hover:underline ${state === 'unacknowledged' ? 'font-semibold' : 'text-muted max-[1439px]:hidden'}`}
        >
          {t(`frame.alarmCount.${state}`, { count: alarms?.counts[state] ?? 0 })}
        </Link>
      ))}
      {news !== null && (
        <Link to={toAlarms({ after: news.since })} title={t('alarms.newTip')} className="hover:underline">
          {t('alarms.newSince', { count: news.count, time: formatTime(news.since, zone) })}
        </Link>
      )}
    </span>
  )
}

/** Replaces the heartbeat for a bundle, where nothing is live. */
function Stored() {
  const { t } = useTranslation()
  return (
    <Tooltip content={t('past.storedTip')}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the explanation must be reachable by keyboard */}
      <span tabIndex={0} className="past-words flex items-center gap-[7px] font-semibold">
        <i className="h-[7px] w-[7px] rounded-full bg-past" />
        {t('past.stored')}
      </span>
    </Tooltip>
  )
}

/** Age of the shown data. */
function Heartbeat() {
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

function ClockSwitch() {
  const { t } = useTranslation()
  const { zone } = usePreferences()
  const engineNow = useNow()
  const moment = useMoment()
  const past = moment !== null
  const now = moment ?? engineNow
  // The zone's name may differ between winter and summer.
  const zoneName = zoneNameAt(now, zoneOf(zone))
  return (
    <Tooltip content={t(zone === 'utc' ? 'frame.clockUtc' : 'frame.clockLocal')}>
      <button type="button" onClick={toggleZone} className="flex items-baseline gap-1.5 rounded-md px-1.5 py-1 hover:bg-hover">
        <span data-clock className={`text-[15px] font-semibold ${past ? 'past-words' : ''}`}>
          {formatTime(now, zone)}
        </span>
        {past && <span className="past-words text-sm font-medium max-[1179px]:hidden">{formatMoment(now, 'day', zone)}</span>}
        <span className="text-sm font-medium text-faint max-[640px]:text-xs">
          {zone === 'utc' ? t('frame.utc') : zoneName === 'UTC' ? t('frame.local') : zoneName}
        </span>
      </button>
    </Tooltip>
  )
}

const themeIcons = { dark: Moon, light: Sun, system: Monitor } as const
function ThemeSwitch() {
  const { t } = useTranslation()
  const { theme } = usePreferences()
  const Icon = themeIcons[theme]
  return (
    <Tooltip content={t(`frame.themeTo.${theme}`)}>
      <button
        type="button"
        onClick={nextTheme}
        aria-label={t(`frame.themeTo.${theme}`)}
        className="-mr-2 rounded-md p-1.5 text-muted hover:bg-hover hover:text-text"
      >
        <Icon size={16} aria-hidden="true" />
      </button>
    </Tooltip>
  )
}
