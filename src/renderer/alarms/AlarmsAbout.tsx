import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Alarm } from '../../shared/alarms.ts'
import { isWrongNow } from '../../shared/incidents.ts'
import { ownerIdOf, pathOf } from '../../shared/subjects.ts'
import { isTroubleKind, type Severity } from '../../shared/troubles.ts'
import { formatDuration } from '../../shared/units.ts'
import { troubleWords } from '../../shared/words/reasonText.ts'
import { useLanguage } from '../app/eventWords.ts'
import { useAlarms } from '../app/fleet.ts'
import { toAlarm } from '../app/links.ts'
import { Mark } from '../ui/Mark.tsx'
import { useNow } from '../ui/now.ts'
import { Panel } from '../ui/Panel.tsx'
import { namesOf } from './alarmWords.ts'
import { TakenRemark } from './TakenRemark.tsx'

/** Alarms of what is wrong now that are no trouble of a server or stream: of limits, events, machines. Worst first; in the past none are known. */
export function useAlarmsBesideTroubles(isAbout: (alarm: Alarm) => boolean): readonly Alarm[] {
  return (useAlarms()?.list ?? []).filter((alarm) => !isTroubleKind(alarm.kind) && isWrongNow(alarm) && isAbout(alarm))
}

/** The severity of the alarm about the forward destinations of a stream; undefined: there is none. */
export function useForwardSeverity(serverId: string): (path: string) => Severity | undefined {
  const alarms = useAlarmsBesideTroubles(
    ({ why, subject }) => why.kind === 'limitCrossed' && why.metric === 'path.forwardsFailing' && ownerIdOf(subject) === serverId,
  )
  return (path) => alarms.find(({ subject }) => pathOf(subject) === path)?.severity
}

/** One alarm, with who has it and for how long it has lasted, and a link to its details. `of`: which stream, machine or part it is of; null: the page says so. */
export function AlarmRow({ alarm, of }: { readonly alarm: Alarm; readonly of: string | null }) {
  const { t } = useTranslation()
  const { text } = troubleWords(alarm, useLanguage())
  const now = useNow()
  return (
    <li className="flex items-baseline gap-2">
      <Mark kind={alarm.severity} size={11} label={t(`severity.${alarm.severity}`)} />
      <span className="min-w-0 flex-1 break-words">
        <Link to={toAlarm(alarm.id)} className="font-medium hover:underline">
          {of ?? text}
        </Link>
        {of !== null && <span className="text-muted"> {text}</span>}
        <TakenRemark alarm={alarm} className="ml-1.5" />
      </span>
      <span className="flex-none text-muted">{formatDuration(Math.max(0, now - alarm.since))}</span>
    </li>
  )
}

/** What is wrong with a stream or machine besides the trouble in its banner. Renders nothing where nothing is. */
export function AlarmsPanel({ alarms }: { readonly alarms: readonly Alarm[] }) {
  const { t } = useTranslation()
  if (alarms.length === 0) return null
  return (
    <Panel title={t('pages.alarms')} hint={alarms.length > 1 ? String(alarms.length) : undefined} className="flex-none">
      <ul className="flex flex-col gap-1.5">
        {alarms.map((alarm) => (
          <AlarmRow key={alarm.id} alarm={alarm} of={alarm.subject.kind === 'device' ? namesOf(alarm).name : null} />
        ))}
      </ul>
    </Panel>
  )
}
