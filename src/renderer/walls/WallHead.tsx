import { useTranslation } from 'react-i18next'
import { severities } from '../../shared/severities.ts'
import { formatMoment, formatTime, formatValue } from '../../shared/units.ts'
import { useConnection } from '../app/client.ts'
import { useJoined } from '../app/joined.ts'
import { useMoment } from '../app/moment.ts'
import { usePreferences } from '../app/preferences.ts'
import { useAlarms, useEngineGone } from '../fleet/fleet.ts'
import { useHeartbeat } from '../fleet/heartbeat.ts'
import { Mark, markColor } from '../ui/Mark.tsx'
import { useNow } from '../ui/now.ts'
import type { Awake } from './useWakeLock.ts'

/** Letters of servers without data that fit beside the age. */
const lettersOnWall = 12

interface WallHeadProps {
  readonly name: string
  /** Which page of how many, and what else there is to say of the wall. */
  readonly remarks: readonly string[]
  readonly awake: Awake
}
/** What the frame says otherwise, to be read from three metres: which wall, incidents by severity, age of the data, and the time. */
export function WallHead({ name, remarks, awake }: WallHeadProps) {
  const { t } = useTranslation()
  const sleeps = awake === 'none' || awake === 'refused'
  return (
    <header className="flex flex-none items-center gap-[1.4vw] whitespace-nowrap px-[0.8vw] pt-[0.6vh] text-[length:var(--wall-name)] leading-[1.15]">
      <h1 className="max-w-[24vw] flex-none truncate font-[650]">{name}</h1>
      <span className="min-w-0 truncate text-[length:var(--wall-text)] text-muted">
        {[...remarks, ...(sleeps ? [t('wall.screenMayTurnOff')] : [])].join(' · ')}
      </span>
      <Counts />
      <Heartbeat />
      <Sound />
      <Clock />
    </header>
  )
}

function Counts() {
  const { t } = useTranslation()
  const alarms = useAlarms()
  const gone = useEngineGone()
  return (
    <ul aria-label={t('frame.alarms')} className={`ml-auto flex flex-none gap-[1vw] ${gone ? 'stale' : ''}`}>
      {severities.map((severity) => {
        const count = alarms?.open.bySeverity[severity] ?? null
        return (
          <li key={severity} className={count === 0 ? 'opacity-70 grayscale' : ''}>
            <span className="sr-only">
              {count === null
                ? `${formatValue(count, 'count')} ${t(`severity.${severity}`)}`
                : t('frame.severityCount', { count, severity: t(`severity.${severity}`) })}
            </span>
            <span aria-hidden="true">
              <Mark kind={severity} word={formatValue(count, 'count')} className="[&_svg]:h-[0.75em] [&_svg]:w-[0.75em]" />
            </span>
          </li>
        )
      })}
    </ul>
  )
}

/** Whether alarms sound at this desk; binds its key, as the top bar does. */
function Sound() {
  const { hello } = useConnection()
  const { SoundButton } = useJoined()
  return hello?.bundle ? null : (
    <span className="flex-none [&_button]:leading-none [&_span]:text-[length:var(--wall-text)] [&_svg]:h-[var(--wall-text)] [&_svg]:w-[var(--wall-text)]">
      <SoundButton />
    </span>
  )
}

/** Age of the data and whether the engine answers; in the past, that nothing here is of now. */
function Heartbeat() {
  const { t } = useTranslation()
  const past = useMoment() !== null
  const { kind, words } = useHeartbeat(lettersOnWall)
  if (past) return <span className="past-words flex-none font-semibold">{t('past.stored')}</span>
  return (
    <span data-heartbeat className="flex min-w-0 items-center gap-[0.3em]">
      <Mark kind={kind} className="[&_svg]:h-[0.75em] [&_svg]:w-[0.75em]" />
      <span className={`min-w-0 truncate ${kind === 'ok' ? 'text-muted' : `font-semibold ${markColor[kind]}`}`}>{words}</span>
    </span>
  )
}

function Clock() {
  const { zone } = usePreferences()
  const now = useNow()
  const past = useMoment() !== null
  return (
    <span data-clock className={`flex-none font-[650] text-[length:var(--wall-clock)] leading-none tabular-nums ${past ? 'past-words' : ''}`}>
      {past && <span className="mr-[0.4em] text-[length:var(--wall-name)]">{formatMoment(now, 'day', zone)}</span>}
      {formatTime(now, zone)}
      {zone === 'utc' && <span className="ml-[0.2em] font-medium text-[length:var(--wall-name)] text-muted">UTC</span>}
    </span>
  )
}
