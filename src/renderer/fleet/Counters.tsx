import { Link } from 'react-router'
import { type Severity, severities } from '../../shared/severities.ts'
import { formatTime, formatValue } from '../../shared/units.ts'
import { useConnection } from '../app/client.ts'
import { toAlarms, toStreams } from '../app/links.ts'
import { useMoment } from '../app/moment.ts'
import { t } from '../app/words.ts'
import { Mark } from '../ui/Mark.tsx'
import { Tooltip } from '../ui/Tooltip.tsx'
import { useAlarms, useFleetKnown, useVerdict } from './fleet.ts'
import { useNews } from './lastLook.ts'

/** Open alarms by severity, of the moment shown. */
export function Counters() {
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
/** Grey if it is 0. */
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

/** What a click on the number lists. */
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
