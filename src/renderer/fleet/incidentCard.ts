import type { TFunction } from 'i18next'
import { incidentMessage, incidentName } from '../../i18n/incidentText.ts'
import type { Language } from '../../i18n/languages.ts'
import { isBesides } from '../../shared/causes.ts'
import type { Incident } from '../../shared/incidents.ts'
import type { Rule } from '../../shared/rules.ts'
import { isTroubleKind } from '../../shared/troubles.ts'
import { formatTime } from '../../shared/units.ts'
import { toIncident, toSubject } from '../app/links.ts'
import { momentNow } from '../app/moment.ts'
import { fleet } from './fleet.ts'
import { alarmTitle, incidentHitText } from './incidentWords.ts'
import type { StreamName } from './snapshots.ts'

export function incidentCard(incident: Incident, rules: readonly Rule[], language: Language) {
  const { name, rest } = incidentName(incident, language)
  const { cause, todo } = incidentMessage({ ...incident, causes: incident.causes?.filter((one) => !isBesides(one)) }, language)
  const title = alarmTitle(incident, rules)
  return {
    // A trouble links to its subject's page; a figure to the alarm, which shows its limit.
    to: incident.membersTotal === 1 && isTroubleKind(incident.kind) ? toSubject(incident.subject) : toIncident(incident.id),
    name,
    rest: [rest ?? title, ...(incident.camera === undefined ? [] : [incident.camera.name])].join(' · '),
    title,
    impact: incidentHitText(incident),
    text: cause,
    todo,
  }
}

/** The stream of a card that is on air despite its trouble, so that a snapshot shows its current picture; null: none. */
export function streamOnAir({ kind, subject }: Incident): StreamName | null {
  if (subject.kind !== 'stream') return null
  return kind === 'packetsLost' || fleet.rowByPath(subject.serverId, subject.path)?.facts.state === 'live' ? subject : null
}

/** '': unknown. */
export function seenText({ subject }: Incident, t: TFunction): string {
  // Of the past, only what is kept is known.
  const never = (words: 'overview.neverAnswered' | 'overview.neverLive') => (momentNow() === null ? t(words) : '')
  if (subject.kind === 'server') {
    const lastAnswerAt = fleet.server(subject.serverId)?.lastAnswerAt ?? null
    return lastAnswerAt === null ? never('overview.neverAnswered') : t('overview.lastAnswer', { time: formatTime(lastAnswerAt) })
  }
  if (subject.kind !== 'stream') return ''
  const facts = fleet.rowByPath(subject.serverId, subject.path)?.facts
  return facts?.lastLiveAt == null ? never('overview.neverLive') : t('overview.lastLive', { time: formatTime(facts.lastLiveAt) })
}
