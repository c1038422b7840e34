import { alarmChangeText } from '../../i18n/alarmText.ts'
import { eventText } from '../../i18n/eventText.ts'
import { numberCell, severityCell } from '../../i18n/handoverText.ts'
import { incidentMessage, incidentTitle } from '../../i18n/incidentText.ts'
import type { Language } from '../../i18n/languages.ts'
import { metricLabel } from '../../i18n/metricText.ts'
import { sendFailureText, troubleText } from '../../i18n/reasonText.ts'
import { ruleNameOf } from '../../i18n/ruleText.ts'
import { type Say, sayIn } from '../../i18n/say.ts'
import { joined } from '../../i18n/texts.ts'
import { type AlarmStep, happenedAt, lastedBetween } from '../../shared/alarms.ts'
import { type Cell, type DocumentSection, documentPieces } from '../../shared/documentPage.ts'
import type { Incident } from '../../shared/incidents.ts'
import { metrics } from '../../shared/metrics.ts'
import { type AlarmSubject, subjectName } from '../../shared/subjectNames.ts'
import { formatInterval, formatMoment, formatStretch, formatValue } from '../../shared/units.ts'
import type { DossierFacts, Listed } from './gatherFacts.ts'

/** All that is known of an incident or a period as one HTML file, piece by piece. */
export function dossierPieces(facts: DossierFacts, language: Language): Generator<string> {
  const say = sayIn(language)
  const { incident, isDemo, isHidden, madeAt, version } = facts
  const about = [`${formatStretch(facts.from, facts.to, 'utc', language)} UTC`, ...facts.servers].join(' · ')
  const words = incident && incidentMessage(incident, language)
  const title = incident === null ? say('dossiers.ofPeriod') : incidentTitle(incident, language)
  return documentPieces({
    language,
    title: `${say('dossiers.title')} · ${title}`,
    cautions: isDemo ? [say('dossiers.ofDemo')] : [],
    lead: [
      about,
      ...(incident === null ? [] : [`${severityCell(incident, say).text} · ${momentOf(incident.since, say)} – ${untilOf(incident, say)}`]),
      ...(words === null ? [] : [words.cause, words.todo].filter((text) => text !== '')),
    ],
    figures: [],
    sections: sectionsOf(facts, say),
    foot: say('dossiers.made', { moment: momentOf(madeAt, say), version, zone: 'UTC', context: isHidden ? 'hidden' : undefined }),
  })
}

function* sectionsOf(facts: DossierFacts, say: Say): Generator<DocumentSection> {
  if (facts.incident === null) yield incidentsOf(facts, say)
  yield timelineOf(facts, say)
  yield figuresOf(facts, say)
  if (facts.pictures.length > 0) yield picturesOf(facts, say)
  yield alarmsOf(facts, say)
  yield sessionsOf(facts, say)
  if (facts.differences !== null) yield differencesOf(facts.differences, say)
  yield notificationsOf(facts, say)
}

type Head = 'incidents' | 'alarms' | 'timeline' | 'figures' | 'pictures' | 'sessions' | 'differences' | 'notifications'
type Column = 'severity' | 'time' | 'until' | 'where' | 'what' | 'value' | 'client' | 'bytes'

/** A section with a table. `note`: what has to be known of it. */
function section(
  say: Say,
  head: Head,
  columns: readonly Column[],
  rows: readonly (readonly (Cell | string)[])[],
  { more, isLeast = false }: Omit<Listed<unknown>, 'rows'>,
  note: string | null = null,
): DocumentSection {
  return {
    id: head,
    title: say(`dossiers.heads.${head}`),
    ...(note !== null && { note }),
    heads: columns.map((column) => (column === 'severity' ? say('shift.heads.severity') : say(`dossiers.columns.${column}`))),
    rows: rows.map((cells) => cells.map((cell) => (typeof cell === 'string' ? { text: cell } : cell))),
    none: say('dossiers.none'),
    more,
    isLeast,
  }
}

const momentOf = (at: number, { language }: Say): string => formatMoment(at, 'second', 'utc', language)

/** When it ended, and where it did so unseen how long it may have lasted. */
function untilOf({ since, healedAt, wrongUntil }: Pick<Incident, 'since' | 'healedAt' | 'wrongUntil'>, say: Say): string {
  if (healedAt === null) return say('dossiers.lasts')
  const { minMs, maxMs } = lastedBetween(since, healedAt, wrongUntil)
  return joined(momentOf(healedAt, say), wrongUntil !== undefined && `(${formatInterval(minMs, maxMs, say.language)})`)
}

function placeOf(subject: AlarmSubject | null, ownerName: string | null): string {
  return subject === null ? (ownerName ?? '') : subjectName(subject, ownerName ?? '')
}

function incidentsOf({ incidents }: DossierFacts, say: Say): DocumentSection {
  const rows = incidents.rows.map((incident) => [
    ...[severityCell(incident, say), momentOf(incident.since, say), untilOf(incident, say)],
    ...[incidentTitle(incident, say.language), incidentMessage(incident, say.language).cause],
  ])
  return section(say, 'incidents', ['severity', 'time', 'until', 'where', 'what'], rows, incidents)
}

function alarmsOf({ alarms, isAlarmsUnread }: DossierFacts, say: Say): DocumentSection {
  const rows = alarms.rows.map((alarm) => [
    ...[severityCell(alarm, say), momentOf(alarm.since, say), untilOf(alarm, say), placeOf(alarm.subject, alarm.serverName)],
    joined(
      `${ruleNameOf(alarm, say.language)}:`,
      troubleText(alarm, say.language).text,
      alarm.said ?? false,
      alarm.count > 1 && `(${say('counts.time', alarm)})`,
    ),
  ])
  return section(say, 'alarms', ['severity', 'time', 'until', 'where', 'what'], rows, alarms, isAlarmsUnread ? say('dossiers.alarmsUnread') : null)
}

/** Events, and changes of alarms with who took them. */
function timelineOf(facts: DossierFacts, say: Say): DocumentSection {
  const { steps, events } = facts
  const rows = [
    ...steps.rows.map((step) => ({ at: happenedAt(step.change), where: placeOf(step.subject, step.serverName), what: stepText(step, facts, say) })),
    ...events.rows.map((event) => ({ at: event.at, where: placeOf(event.subject, event.ownerName), what: eventText(event, say.language) })),
  ].sort((a, b) => a.at - b.at)
  const rest = { more: steps.more + events.more, isLeast: steps.isLeast === true || events.isLeast === true }
  const cells = rows.map(({ at, where, what }) => [momentOf(at, say), where, what])
  return section(say, 'timeline', ['time', 'where', 'what'], cells, rest)
}
function stepText({ id, kind, change }: AlarmStep, { alarms }: DossierFacts, say: Say): string {
  const alarm = alarms.rows.find((one) => one.id === id)
  return alarmChangeText(change, say.language, {
    trouble: (trouble) => (alarm === undefined ? trouble : ruleNameOf(trouble === kind ? alarm : { rule: trouble, why: alarm.why }, say.language)),
    severity: (severity) => severityCell({ severity }, say).text,
  })
}

function figuresOf({ figures }: DossierFacts, say: Say): DocumentSection {
  const rows = figures.map(({ name, metric, least, mean, most }) => [
    ...[name, metricLabel(metric, say.language)],
    [least, mean, most].map((value) => formatValue(value, metrics[metric].unit, say.language)).join(' · '),
  ])
  return section(say, 'figures', ['where', 'what', 'value'], rows, { more: 0 })
}

function picturesOf({ pictures }: DossierFacts, say: Say): DocumentSection {
  const shown = pictures.map(({ server, path, at, ...picture }) => ({ ...picture, name: `${server} · ${path}, ${momentOf(at, say)}` }))
  return { ...section(say, 'pictures', [], [], { more: 0 }), pictures: shown }
}

function sessionsOf({ sessions, sessionsSince, from }: DossierFacts, say: Say): DocumentSection {
  const since = sessionsSince !== null && sessionsSince > from ? say('dossiers.sessionsSince', { moment: `${momentOf(sessionsSince, say)} UTC` }) : null
  const rows = sessions.rows.map(({ path, server, role, protocol, remoteAddr, user, userAgent, began, ended, endedAfter, bytes }) => [
    momentOf(began, say),
    // `≤`: it ended while its server could not be asked.
    ended === null ? say('dossiers.lasts') : `${endedAfter === null ? '' : '≤ '}${momentOf(ended, say)}`,
    `${server} · ${path}`,
    role === 'other' ? protocol : `${say(`dossiers.role.${role}`)}, ${protocol}`,
    [remoteAddr ?? '–', user ?? [], userAgent?.slice(0, 200) ?? []].flat().join(' · '),
    numberCell(formatValue(bytes, 'bytes', say.language)),
  ])
  const columns = ['time', 'until', 'where', 'what', 'client', 'bytes'] as const
  return section(say, 'sessions', columns, rows, sessions, sessionsSince === null ? say('dossiers.sessionsNotKept') : since)
}

function differencesOf(differences: NonNullable<DossierFacts['differences']>, say: Say): DocumentSection {
  // A value is hidden by the name of its key.
  const shown = (key: string, text: string | null) => (text === null ? '–' : /pass|secret|token|key\b|jwt|credential|user$/i.test(key) ? '***' : text)
  const rows = differences.rows.map(({ at, server, key, before, after }) => [
    ...[momentOf(at, say), server],
    `${key}: ${shown(key, before)} → ${shown(key, after)}`,
  ])
  return section(say, 'differences', ['time', 'where', 'what'], rows, differences)
}

function notificationsOf({ messages }: DossierFacts, say: Say): DocumentSection {
  const rows = messages.rows.map(({ at, endedAt, channel, state, failure }) => {
    const outcome = failure === null || state === 'delivered' ? null : sendFailureText(failure, say.language)
    return [momentOf(endedAt ?? at, say), channel, outcome ?? (state === 'refused' ? '–' : say(`dossiers.outcome.${state}`))]
  })
  return section(say, 'notifications', ['time', 'where', 'what'], rows, messages)
}
