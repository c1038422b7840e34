import { useQueries } from '@tanstack/react-query'
import { Link } from 'react-router'
import { troubleText } from '../../i18n/reasonText.ts'
import type { Alarm } from '../../shared/alarms.ts'
import { type Incident, isWrongNow } from '../../shared/incidents.ts'
import type { Severity } from '../../shared/severities.ts'
import { ownerIdOf, pathOf } from '../../shared/subjectNames.ts'
import { isTroubleKind } from '../../shared/troubles.ts'
import { formatDuration } from '../../shared/units.ts'
import { orpc } from '../app/client.ts'
import { toAlarm, toSubject } from '../app/links.ts'
import { language, t } from '../app/words.ts'
import { useAlarms, useShownMoment } from '../fleet/fleet.ts'
import { Banner } from '../ui/Banner.tsx'
import { Mark } from '../ui/Mark.tsx'
import { useNow } from '../ui/now.ts'
import { Panel } from '../ui/Panel.tsx'
import { calmText, handlingText, isHandled, namesOf } from './alarmMessage.ts'

const askEveryMs = 2_000

/** Current alarms of a server or stream, worst first: requested if there are more open alarms than the window holds. */
export function useAlarmsOf(serverId: string, path?: string): readonly Alarm[] {
  return useAlarmsOfOwners([{ serverId, ...(path !== undefined && { path }) }]).filter(({ subject }) => path === undefined || pathOf(subject) === path)
}

type Owner = { readonly serverId: string; readonly path?: string } | { readonly hostId: string } | { readonly probeId: string }
export function useAlarmsOfOwners(asked: readonly Owner[]): readonly Alarm[] {
  const owners = asked.map((one) => ('serverId' in one ? one.serverId : 'hostId' in one ? one.hostId : one.probeId))
  const alarms = useAlarms()
  const at = useShownMoment()
  const isCut = alarms !== null && alarms.keptFrom === null && alarms.total > alarms.list.length
  const answers = useQueries({
    queries: asked.map((one) => ({
      ...orpc.alarms.list.queryOptions({ input: { ...one, ...(at !== null && { at }) } }),
      enabled: isCut,
      ...(at === null && { refetchInterval: askEveryMs }),
    })),
  })
  const known = alarms?.list ?? []
  // Until all requests are answered, the worst ones are shown.
  const listed = isCut && answers.every(({ data }) => data !== undefined) ? answers.flatMap(({ data = [] }) => data) : known
  return listed.filter((alarm) => isWrongNow(alarm) && owners.includes(ownerIdOf(alarm.subject)))
}

/** The alarm about the state of a server, stream or host itself, not about a figure or event. */
export function bannerOf(alarms: readonly Alarm[], path: string | null): Alarm | undefined {
  return alarms.find(({ kind, state, subject }) => isTroubleKind(kind) && state !== 'suppressed' && pathOf(subject) === path)
}

/** Severity of the alarm about a stream's forward destinations. */
export function useForwardSeverity(serverId: string): (path: string) => Severity | undefined {
  const alarms = useAlarmsOf(serverId).filter(({ why }) => why.kind === 'limitCrossed' && why.metric === 'path.forwardsFailing')
  return (path) => alarms.find(({ subject }) => pathOf(subject) === path)?.severity
}

/** One alarm with a link to its details. `of`: its stream, machine or part; null: clear from the page. */
export function AlarmRow({ alarm, of }: { readonly alarm: Alarm; readonly of: string | null }) {
  const { text } = troubleText(alarm, language)
  const now = useNow()
  return (
    <li data-alarm={alarm.id} className="flex items-baseline gap-2">
      <Mark kind={alarm.severity} size={11} label={t(`severity.${alarm.severity}`)} />
      <span className="min-w-0 flex-1 break-words">
        {/* The trouble of a stream or server is shown on its page; a figure and its limit in the alarm. */}
        <Link to={isTroubleKind(alarm.kind) ? toSubject(alarm.subject) : toAlarm(alarm.id)} className="font-medium hover:underline">
          {of ?? text}
        </Link>
        {of !== null && <span className="text-muted"> {text}</span>}
        <HandlingRemark alarm={alarm} className="ml-1.5" />
        {alarm.said !== undefined && <div className="break-words text-muted">{t('forwards.said', { text: alarm.said })}</div>}
      </span>
      <span className="flex-none text-muted">{formatDuration(Math.max(0, now - alarm.since))}</span>
    </li>
  )
}

/** What is wrong with the subject of a page, what to do, and who has it. */
export function AlarmBanner({ alarm, titleOf, children }: AlarmBannerProps) {
  const { text, todo } = troubleText(alarm, language)
  return (
    <Banner kind={alarm.severity} title={<span className="text-lg">{titleOf?.(text) ?? text}</span>}>
      {children}
      <b className="font-semibold text-text">{todo}</b>
      <HandlingRemark alarm={alarm} className="block" />
    </Banner>
  )
}
interface AlarmBannerProps {
  readonly alarm: Alarm
  readonly titleOf?: (text: string) => string
  readonly children: React.ReactNode
}

export function AlarmsPanel({ alarms }: { readonly alarms: readonly Alarm[] }) {
  if (alarms.length === 0) return null
  return (
    <Panel title={t('pages.alarms')} hint={alarms.length > 1 ? String(alarms.length) : undefined} className="flex-none">
      <AlarmRows alarms={alarms} />
    </Panel>
  )
}

export function AlarmRows({ alarms }: { readonly alarms: readonly Alarm[] }) {
  return (
    <ul className="flex flex-col gap-1.5">
      {alarms.map((alarm) => (
        <AlarmRow key={alarm.id} alarm={alarm} of={alarm.subject.kind === 'device' ? namesOf(alarm).name : null} />
      ))}
    </ul>
  )
}

function HandlingRemark({ alarm, className = '' }: { readonly alarm: Alarm; readonly className?: string }) {
  const words = handlingText(alarm, useNow())
  return words ? <span className={`font-normal text-faint text-sm ${className}`}>{words}</span> : null
}

/** Shown on an incident card instead of its impact: that it is well again, or who has it. */
export function remarkOfIncident(incident: Incident, alarms: readonly Alarm[]): React.ReactNode {
  if (incident.calmSince !== undefined && incident.healedAt === null) return <CalmRemark incident={incident} />
  const alarm = alarms.find(({ id }) => id === incident.lead)
  return alarm && incident.state !== 'unacknowledged' && isHandled(alarm) ? <HandlingRemark alarm={alarm} /> : null
}

function CalmRemark({ incident }: { readonly incident: Incident }) {
  const now = useNow()
  return <span className="font-normal text-faint text-sm">{calmText(incident, now)}</span>
}
