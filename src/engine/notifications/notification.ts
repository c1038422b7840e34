import { sayIn } from '../../i18n/say.ts'
import type { Alarm } from '../../shared/alarms.ts'
import { isUnknown } from '../../shared/causes.ts'
import type { DailyDetails } from '../../shared/dailyChecks.ts'
import { type IncidentDetails, mostListedOfIncident } from '../../shared/incidents.ts'
import { pathOf } from '../../shared/subjectNames.ts'
import { isoOf, isoOrNull } from '../../shared/time.ts'
import { severityRank } from '../../shared/troubles.ts'
import { dailyLines, dailySummary, dailyTitle } from '../../shared/words/dailyText.ts'
import { incidentTitle, incidentWords } from '../../shared/words/incidentText.ts'
import type { Language } from '../../shared/words/languages.ts'
import { ruleNameInLine } from '../../shared/words/ruleText.ts'
import { joined } from '../../shared/words/texts.ts'
import { headlineOf } from './headline.ts'
import { reportKey, type UnsentMessage } from './messageRows.ts'

/** A notification, in the channel's language. It is also the body of webhook requests. Times are ISO 8601 in UTC. */
export interface Notification {
  readonly event: 'start' | 'update' | 'end' | 'summary' | 'test' | 'report'
  /** The same in all messages about one incident. */
  readonly key: string
  readonly severity: Alarm['severity']
  readonly state: Alarm['state'] | null
  /** The first line: state, severity, where and what. */
  readonly headline: string
  readonly title: string
  /** What is wrong, how often it has recurred, and what to do. */
  readonly text: string
  /** What is wrong. */
  readonly cause: string | null
  readonly since: string
  readonly endedAt: string | null
  /** How often the alarm after which the incident is called has recurred since it was first raised. */
  readonly returns: number
  /** When this notification was composed. */
  readonly at: string
  readonly servers: readonly string[]
  readonly streams: readonly string[]
  /** Active alarms that are acknowledged or unacknowledged (if there are none, all active ones); for an end, all alarms. Worst first, up to 100. */
  readonly members: readonly {
    readonly server: string
    readonly stream: string | null
    readonly kind: string
    readonly severity: Alarm['severity']
    readonly since: string
  }[]
  /** Total number of members. */
  readonly membersTotal: number
  readonly url: string | null
  /** Link to acknowledge the incident without signing in; only in a start or update that is unacknowledged. */
  readonly ackUrl: string | null
  /** The channel may have received this message before. */
  readonly mayRepeat: boolean
  /** For an end: the start could not be sent in time. */
  readonly startMissed: boolean
  /** It is sent because nobody has acknowledged the incident so far: a start by escalation, an update as a reminder. */
  readonly escalated: boolean
  /** For a report: one line per camera. */
  readonly lines?: readonly string[]
  /** For a summary: the messages it replaces, each about a different incident or a different point in time. */
  readonly items?: readonly Notification[]
}

/** Whether the notification reports an ongoing incident. */
export function saysLasting(notification: Notification): boolean {
  return notification.event === 'start' || notification.event === 'update' || (notification.items?.some(saysLasting) ?? false)
}

/** Alarms to list: for a start or an update the active ones, for an end all. */
function membersOf({ alarms }: IncidentDetails, event: UnsentMessage['event']): readonly Alarm[] {
  const lasting = alarms.filter(({ healedAt, closed }) => healedAt === null && closed === null)
  const active = lasting.filter(({ state }) => state === 'unacknowledged' || state === 'acknowledged')
  return event === 'end' ? alarms : active.length > 0 ? active : lasting
}
/** The alarm after which an incident is called, if it recurred. Repeated events (`happened`) don't count. */
const returnedOf = ({ alarms, lead }: IncidentDetails): Alarm | undefined =>
  alarms.find(({ id, kind, count }) => id === lead && kind !== 'happened' && count > 1)
const unique = (names: readonly string[]): readonly string[] => [...new Set(names)].slice(0, mostListedOfIncident)

export interface NotificationContext {
  readonly publicUrl: string | null
  readonly at: number
  readonly language: Language
  /** Link to acknowledge an incident without signing in; null: not possible. */
  readonly ackUrlOf: (incident: string) => string | null
}

export function incidentNotification(
  { event, at: decidedAt, mayRepeat, startMissed, escalated }: Pick<UnsentMessage, 'event' | 'at' | 'mayRepeat' | 'startMissed' | 'escalated'>,
  incident: IncidentDetails,
  { publicUrl, at, language, ackUrlOf }: NotificationContext,
  /** Severity that the channel was told last; null: none. */
  saidBefore: Alarm['severity'] | null,
): Notification {
  // What is not known is said once.
  const known = event === 'start' ? incident.causes : incident.causes?.filter((one) => !isUnknown(one))
  const { cause, todo } = incidentWords({ ...incident, causes: known }, language)
  const { id, severity, state, since, healedAt, calmSince } = incident
  const members = membersOf(incident, event)
  const again = returnedOf(incident)
  const returns = again === undefined ? 0 : again.count - 1
  const say = sayIn(language)
  const returned = again === undefined ? '' : say('notifications.returned', { returns, ms: (again.healedAt ?? at) - again.raisedAt })
  const calm = calmSince === undefined ? '' : say('notifications.calm', { since: isoOf(calmSince) })
  const said = {
    event,
    severity,
    state: incident.alarms.some(({ closed }) => closed === null) ? state : null,
    since: isoOf(since),
    // When a message is sent again, the incident may have recurred since: then the time at which its end was detected is used.
    endedAt: event === 'end' ? isoOf(healedAt ?? decidedAt) : null,
    at: isoOf(at),
    // It may have been acknowledged since, or be well by now.
    escalated: escalated && state === 'unacknowledged' && calmSince === undefined,
  }
  const title = incidentTitle(incident, language)
  return {
    ...said,
    key: id,
    headline: headlineOf(said, { title, what: ruleNameInLine(incident, language), wrongUntil: incident.wrongUntil }, saidBefore, language),
    title,
    // What is over needs nothing to be done.
    text: joined(cause, returned, calm, event === 'end' ? '' : todo),
    cause,
    returns,
    servers: unique(members.map(({ serverName }) => serverName)),
    streams: unique(members.flatMap(({ subject, why }) => (why.kind === 'streamsLost' ? why.paths : (pathOf(subject) ?? [])))),
    members: members.slice(0, mostListedOfIncident).map((alarm) => ({
      server: alarm.serverName,
      stream: pathOf(alarm.subject),
      kind: alarm.kind,
      severity: alarm.severity,
      since: isoOf(alarm.since),
    })),
    // If an incident has more alarms than can be read at once, the rest have healed.
    membersTotal: event === 'end' ? incident.membersTotal : members.length,
    url: publicUrl === null ? null : `${publicUrl}/#/alarms?incident=${id}`,
    ackUrl: event === 'end' || state !== 'unacknowledged' ? null : ackUrlOf(id),
    mayRepeat,
    startMissed,
  }
}

/** The end of an incident whose details can no longer be read. `severity`: the last one sent. */
export function bareEnd({ alarmId, mayRepeat }: UnsentMessage, severity: Alarm['severity'], context: NotificationContext): Notification {
  const { at, language } = context
  const say = sayIn(language)
  const headline = `${say('notifications.ended').toLocaleUpperCase(language)} mtxdeck`
  return { ...testNotification(context), event: 'end', key: alarmId, severity, headline, text: say('notifications.unreadable'), endedAt: isoOf(at), mayRepeat }
}

/** Notification about a report of the daily check. */
export function reportNotification(report: DailyDetails, mayRepeat: boolean, { publicUrl, at, language }: NotificationContext): Notification {
  const faulty = report.cameras.filter(({ verdict }) => verdict === 'fault')
  const title = dailyTitle(report, language)
  return {
    ...testNotification({ at, language }),
    event: 'report',
    key: reportKey(report),
    headline: title,
    title,
    text: dailySummary(report, language),
    since: isoOf(report.plannedAt),
    endedAt: isoOrNull(report.endedAt),
    servers: unique(faulty.flatMap(({ serverId, place }) => (serverId === null ? [] : [place]))),
    streams: unique(faulty.map(({ name }) => name)),
    membersTotal: report.counts.fault,
    url: publicUrl === null ? null : `${publicUrl}/#/probes/daily?report=${report.id}`,
    mayRepeat,
    lines: dailyLines(report, language),
  }
}

/** Combines several messages into one. */
export function summaryOf(
  items: readonly Notification[],
  { publicUrl, at, language }: Pick<NotificationContext, 'publicUrl' | 'at' | 'language'>,
): Notification {
  const say = sayIn(language)
  const of = (...events: readonly Notification['event'][]) => items.filter(({ event }) => events.includes(event)).length
  const loud = items.some(saysLasting) ? items.filter(saysLasting) : items
  const [worst] = [...loud].sort((a, b) => severityRank[a.severity] - severityRank[b.severity])
  return {
    ...testNotification({ at, language }),
    event: 'summary',
    key: 'summary',
    severity: worst?.severity ?? 'warning',
    headline: `${worst?.headline} (+${items.length - 1})`,
    title: say('notifications.summary', { messages: items.length }),
    text: say('notifications.summed', { began: of('start'), changed: of('update'), ended: of('end') }),
    servers: unique(items.flatMap(({ servers }) => servers)),
    streams: unique(items.flatMap(({ streams }) => streams)),
    membersTotal: items.length,
    url: publicUrl === null ? null : `${publicUrl}/#/alarms`,
    mayRepeat: items.some(({ mayRepeat }) => mayRepeat),
    items,
  }
}

const longestPlain = 200
const plain = (text: string) =>
  text
    .replaceAll(/[^\x21-\x7e]+/g, ' ')
    .trim()
    .slice(0, longestPlain)
/** The same with short texts of printable ASCII only. */
export function plainer(notification: Notification): Notification {
  return {
    ...notification,
    headline: plain(notification.headline),
    title: plain(notification.title),
    text: plain(notification.text),
    cause: null,
    servers: notification.servers.map(plain),
    streams: notification.streams.map(plain),
    members: [],
    ackUrl: null,
    ...(notification.lines !== undefined && { lines: notification.lines.map(plain) }),
    ...(notification.items !== undefined && { items: notification.items.map(plainer) }),
  }
}

/** A test notification. */
export function testNotification({ at, language }: Pick<NotificationContext, 'at' | 'language'>, isDrill = false): Notification {
  return {
    event: 'test',
    key: 'test',
    severity: 'warning',
    state: null,
    headline: `${sayIn(language)('notifications.test').toLocaleUpperCase(language)} mtxdeck`,
    title: 'mtxdeck',
    text: sayIn(language)(isDrill ? 'notifications.drilled' : 'notifications.tested'),
    cause: null,
    since: isoOf(at),
    endedAt: null,
    returns: 0,
    at: isoOf(at),
    servers: [],
    streams: [],
    members: [],
    membersTotal: 0,
    url: null,
    ackUrl: null,
    mayRepeat: false,
    startMissed: false,
    escalated: false,
  }
}
