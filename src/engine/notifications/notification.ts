import { alarmChangeText } from '../../i18n/alarmText.ts'
import { dailyLines, dailySummary, dailyTitle } from '../../i18n/dailyText.ts'
import { incidentMessage, incidentTitle } from '../../i18n/incidentText.ts'
import type { Language } from '../../i18n/languages.ts'
import { ruleNameInLine } from '../../i18n/ruleText.ts'
import { sayIn } from '../../i18n/say.ts'
import { begun, joined } from '../../i18n/texts.ts'
import { type Alarm, type AlarmDetails, isReach, lastedBetween } from '../../shared/alarms.ts'
import { isUnknown } from '../../shared/causes.ts'
import type { DailyDetails } from '../../shared/dailyChecks.ts'
import { type IncidentDetails, mostListedOfIncident } from '../../shared/incidents.ts'
import { severityRank } from '../../shared/severities.ts'
import { pathOf, subjectName } from '../../shared/subjectNames.ts'
import { isoOf, isoOrNull } from '../../shared/time.ts'
import { oneLine } from '../../shared/visibleText.ts'
import { type LastSaid, type MessageRows, type ReportName, reportKey, reportOf, type UnsentMessage } from './messageRows.ts'

export interface MailedDocument {
  readonly title: string
  readonly html: string
  readonly csv?: { readonly name: string; readonly content: string }
}

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
  readonly cause: string | null
  readonly since: string
  readonly endedAt: string | null
  /** How often the alarm after which the incident is called has recurred since it was first raised. */
  readonly returns: number
  readonly at: string
  readonly servers: readonly string[]
  readonly streams: readonly string[]
  /** Names of the cameras of these streams, with their places. */
  readonly cameras: readonly string[]
  /** Active alarms that are acknowledged or unacknowledged (if there are none, all active ones); for an end, all alarms. Worst first, up to 100. */
  readonly members: readonly {
    readonly server: string
    readonly stream: string | null
    readonly kind: string
    readonly severity: Alarm['severity']
    readonly since: string
  }[]
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
  readonly lines?: readonly string[]
  /** For a handover or a scheduled report, which only e-mail gets: the page, and a file beside it. */
  readonly document?: MailedDocument
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

/** Maximum number of cameras named in the text of a message. */
const mostCamerasInText = 5

interface NotificationContext {
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
  /** The last message to the channel about it; null: none. */
  saidBefore: LastSaid | null,
): Notification {
  // What is not known is said once.
  const known = event === 'start' ? incident.causes : incident.causes?.filter((one) => !isUnknown(one))
  const { cause, todo } = incidentMessage({ ...incident, causes: known }, language)
  const { id, severity, state, since, healedAt, calmSince } = incident
  const members = membersOf(incident, event)
  const again = returnedOf(incident)
  const returns = again === undefined ? 0 : again.count - 1
  const say = sayIn(language)
  const returned = again === undefined ? '' : say('notifications.returned', { returns, ms: Math.max(0, again.since - again.raisedAt) })
  const calm = calmSince === undefined ? '' : say('notifications.calm', { since: isoOf(calmSince) })
  const over = event === 'update' && saidBefore !== null ? overText(incident, saidBefore, language) : ''
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
  const cameras = unique(members.flatMap(({ camera }) => (camera === undefined ? [] : camera.place === '' ? camera.name : `${camera.name} (${camera.place})`)))
  const named = cameras.slice(0, mostCamerasInText)
  const cameraText =
    cameras.length === 0
      ? ''
      : say('notifications.cameras', { names: named, context: cameras.length > named.length ? 'more' : named.length > 1 ? 'several' : undefined })
  return {
    ...said,
    key: id,
    headline: headlineOf(said, { title, what: ruleNameInLine(incident, language), wrongUntil: incident.wrongUntil }, saidBefore?.severity ?? null, language),
    title,
    // What is over needs nothing to be done.
    text: joined(over, event === 'end' ? closedText(incident, language) : '', cause, cameraText, returned, calm, event === 'end' ? '' : todo),
    cause,
    returns,
    servers: unique(members.map(({ serverName }) => serverName)),
    streams: unique(members.flatMap(({ subject, why }) => (why.kind === 'streamsLost' ? why.paths : (pathOf(subject) ?? [])))),
    cameras,
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

const byPeople: ReadonlySet<string> = new Set(['commented', 'acknowledged', 'unacknowledged', 'shelved', 'unshelved'])
/** So many alarms of an incident are looked through for what was done, and so much is said of it: most is done to all of them at once. */
const [mostLookedThrough, mostDone] = [20, 3]
/** What was done to an incident since its update was decided, as a sentence: "Noc: “the encoder was changed”." '': nothing. */
function doneText({ alarms }: IncidentDetails, from: number, alarmOf: WriterDeps['alarm'], language: Language): string {
  const changes = alarms.slice(0, mostLookedThrough).flatMap(({ id }) => alarmOf(id)?.changes ?? [])
  const done = changes.filter(({ kind, at }) => byPeople.has(kind) && at >= from).sort((a, b) => a.at - b.at)
  const asTheyAre = { trouble: String, severity: String }
  const texts = [...new Set(done.map((change) => alarmChangeText(change, language, asTheyAre)))].slice(-mostDone)
  return texts.length === 0 ? '' : `${begun(texts.join('; '))}.`
}

/** What is over since the channel was told last, as sentences, where it was worse than what is left: "Over after 1 min 9 s: Berlin server not answering." */
function overText({ alarms, severity }: IncidentDetails, { at }: LastSaid, language: Language): string {
  const say = sayIn(language)
  const over = alarms.filter(
    (alarm) => alarm.since <= at && alarm.healedAt !== null && alarm.healedAt > at && (isReach(alarm) || severityRank[alarm.severity] < severityRank[severity]),
  )
  const texts = over.slice(0, mostDone).map((alarm) => {
    const { healedAt, wrongUntil, since, serverName, subject } = alarm
    const lasted = lastedBetween(since, healedAt ?? since, wrongUntil)
    return say('notifications.over', { lasted, name: subjectName(subject, serverName), what: ruleNameInLine(alarm, language) })
  })
  return joined(...texts)
}

/** Why an incident is over although nothing has healed: "Closed: it is not watched any more." '': it has healed. */
function closedText({ alarms, lead }: IncidentDetails, language: Language): string {
  const closed = alarms.find(({ id }) => id === lead)?.closed ?? null
  return closed === null || closed.because === 'healed' ? '' : `${begun(sayIn(language)('alarms.closed', { context: closed.because }))}.`
}

type Said = Pick<Notification, 'event' | 'severity' | 'state' | 'since' | 'endedAt' | 'at' | 'escalated'>

/**
 * The first line of a message about an incident, on which a lock screen ends: state, severity, where and what, the same in every channel.
 * `before`: the severity that the channel was told last; null: none.
 */
function headlineOf(
  { event, severity, state, since, endedAt, at, escalated }: Said,
  { title, what, wrongUntil }: { readonly title: string; readonly what: string; readonly wrongUntil?: number | undefined },
  before: Notification['severity'] | null,
  language: Language,
): string {
  const say = sayIn(language)
  const upper = (text: string) => text.toLocaleUpperCase(language)
  const lasted = lastedBetween(Date.parse(since), Date.parse(endedAt ?? at), wrongUntil)
  if (event === 'end') return `${say('notifications.endedAfter', { lasted })}: ${title} ${what}`
  if (escalated) return `${say('notifications.stillAfter', { severity: upper(say(`notifications.severity.${severity}`)), ms: lasted.maxMs })}: ${title} ${what}`
  const rank = before === null ? 0 : severityRank[severity] - severityRank[before]
  const mark =
    state === 'acknowledged'
      ? say('notifications.acknowledged')
      : event === 'start'
        ? ''
        : say(`notifications.${rank < 0 ? 'worse' : rank > 0 ? 'eased' : 'changed'}`)
  return `${upper(`${mark} ${say(`notifications.severity.${severity}`)}`.trim())} ${title}: ${what}`
}

function reportNotification(report: DailyDetails, mayRepeat: boolean, { publicUrl, at, language }: NotificationContext): Notification {
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

/** A document with its title, and what can be read where HTML is not shown. */
function documentNotification(key: string, document: MailedDocument, mayRepeat: boolean, { publicUrl, at, language }: NotificationContext): Notification {
  return {
    ...testNotification({ at, language }),
    ...{ event: 'report', key, headline: document.title, title: document.title, text: sayIn(language)('shift.inHtml'), mayRepeat, document },
    url: publicUrl === null ? null : `${publicUrl}/#/handover`,
  }
}

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
    title: 'mtxdeck',
    text: say('notifications.summed', { began: of('start'), changed: of('update'), ended: of('end') }),
    servers: unique(items.flatMap(({ servers }) => servers)),
    streams: unique(items.flatMap(({ streams }) => streams)),
    cameras: unique(items.flatMap(({ cameras }) => cameras)),
    membersTotal: items.length,
    url: publicUrl === null ? null : `${publicUrl}/#/alarms`,
    mayRepeat: items.some(({ mayRepeat }) => mayRepeat),
    items,
  }
}

export function testNotification({ at, language }: Pick<NotificationContext, 'at' | 'language'>): Notification {
  return {
    event: 'test',
    key: 'test',
    severity: 'warning',
    state: null,
    headline: `${sayIn(language)('notifications.test').toLocaleUpperCase(language)} mtxdeck`,
    title: 'mtxdeck',
    text: sayIn(language)('notifications.tested'),
    cause: null,
    since: isoOf(at),
    endedAt: null,
    returns: 0,
    at: isoOf(at),
    servers: [],
    streams: [],
    cameras: [],
    members: [],
    membersTotal: 0,
    url: null,
    ackUrl: null,
    mayRepeat: false,
    startMissed: false,
    escalated: false,
  }
}

/** Properties of every channel. They never leave the engine as a whole, as they include the secret. */
export interface ChannelBase {
  readonly name: string
  /** Language of its messages; English by default. */
  readonly language?: Language | undefined
  readonly secret?: string | undefined
  /** Maximum number of messages per `perMinutes` (default: an hour); the last one summarizes everything that is waiting. */
  readonly atMost?: number | undefined
  readonly perMinutes?: number | undefined
  /** Notifications within this many minutes are combined into one message. */
  readonly digestMinutes?: number | undefined
  /** The proxy on the way to it, see `proxySchema`; omitted: none. */
  readonly proxy?: string | undefined
  /** false: its messages contain no acknowledge link, because too many people read them. */
  readonly acknowledgeLink?: boolean | undefined
}

export function languageOf({ language }: Pick<ChannelBase, 'language'>): Language {
  return language ?? 'en'
}

export interface WriterDeps {
  readonly rows: Pick<MessageRows, 'said'>
  readonly incident: (id: string) => IncidentDetails | null
  /** An alarm with its history. */
  readonly alarm: (id: string) => AlarmDetails | null
  /** A report of the daily check; null: it is no longer stored. */
  readonly report: (report: ReportName) => DailyDetails | null
  /** A document by its key; null: it is no longer stored. */
  readonly document: (key: string, language: Language) => MailedDocument | null
  /** Where browsers reach this console, for links; null: not known. */
  readonly publicUrl: () => string | null
  /** Links that acknowledge an incident without signing in, as they are given to a channel; null: there are none. */
  readonly links: { readonly urlOf: (incident: string, channel: string, at: number) => string | null } | null
}

/** Writes the messages of one channel as things are at a moment, in its language. */
export function createMessageWriter({ rows, ...deps }: WriterDeps, channel: Pick<ChannelBase, 'name' | 'language' | 'acknowledgeLink'>, at: number) {
  const { name } = channel
  const links = channel.acknowledgeLink === false ? null : deps.links
  const context: NotificationContext = {
    publicUrl: deps.publicUrl(),
    at,
    language: languageOf(channel),
    ackUrlOf: (incident) => links?.urlOf(incident, name, at) ?? null,
  }
  return {
    /** null: the incident or report can no longer be read. */
    write: (message: UnsentMessage): Notification | null => {
      const named = reportOf(message)
      if (named !== null) {
        const report = deps.report(named)
        return report && reportNotification(report, message.mayRepeat, context)
      }
      if (message.event === 'report') {
        const document = deps.document(message.alarmId, context.language)
        return document && documentNotification(message.alarmId, document, message.mayRepeat, context)
      }
      const incident = deps.incident(message.alarmId)
      if (incident === null) return null
      const notification = incidentNotification(message, incident, context, rows.said(message.alarmId, name, message.id))
      const done = message.event === 'update' ? doneText(incident, message.at, deps.alarm, context.language) : ''
      return { ...notification, text: joined(done, notification.text) }
    },
    /** An incident as it is now, for a channel that forgets. */
    repeat: (incident: IncidentDetails): Notification =>
      incidentNotification({ event: 'start', at, mayRepeat: false, startMissed: false, escalated: false }, incident, context, null),
    asOne: (all: readonly Notification[]): Notification => (all.length === 1 ? (all[0] as Notification) : summaryOf(all, context)),
    test: (): Notification => testNotification(context),
  }
}

/** A message for people. Each text is one line without control characters, so that no name can break or pretend anything. */
export interface NotificationText {
  /** State, severity, where and what: "CRITICAL Gate B: server not answering". */
  readonly headline: string
  readonly lines: readonly string[]
  /** Where to go: the alarm in the console, and where it can be acknowledged. */
  readonly links: readonly { readonly name: string; readonly url: string }[]
}

/** Links for channels that have nothing but text. */
export function linkLines({ links }: Pick<NotificationText, 'links'>): readonly string[] {
  return links.map(({ name, url }) => `${name}: ${url}`)
}

const longestTitle = 250
const longestLine = 1_000
const longestMember = 200
/** Maximum numbers of members, of messages in a summary, and of lines of a report. */
const mostMembers = 10
const mostItems = 30
const mostLines = 100

const listed = (lines: readonly string[], most: number): readonly string[] =>
  lines.length > most ? [...lines.slice(0, most), `… +${lines.length - most}`] : lines

export function notificationText(notification: Notification, language: Language): NotificationText {
  const say = sayIn(language)
  const { event, members, endedAt, url, ackUrl } = notification
  const named = members.length < 2 ? [] : members.map(({ server, stream }) => oneLine(stream === null ? server : `${server} · ${stream}`, longestMember))
  const isOfAlarm = event === 'start' || event === 'update' || event === 'end'
  const lines = [
    notification.text,
    ...listed(named, mostMembers),
    ...listed(notification.items?.map(({ headline }) => headline) ?? [], mostItems),
    ...listed(notification.lines ?? [], mostLines),
    isOfAlarm ? say('notifications.since', { since: notification.since }) : '',
    isOfAlarm && endedAt !== null ? say('notifications.endedAt', { endedAt }) : '',
    notification.startMissed ? say('notifications.startMissed') : '',
    notification.mayRepeat ? say('notifications.mayRepeat') : '',
  ]
  return {
    headline: oneLine(notification.headline, longestTitle),
    lines: lines.map((line) => oneLine(line, longestLine)).filter((line) => line !== ''),
    links: [
      ...(url === null ? [] : [{ name: say('notifications.open'), url }]),
      ...(ackUrl === null ? [] : [{ name: say('acknowledging.title'), url: ackUrl }]),
    ],
  }
}
/** Cuts a text to so many bytes of UTF-8. */
export function cutBytes(text: string, most: number): string {
  const bytes = new TextEncoder().encode(text)
  if (bytes.length <= most) return text
  // The mark that it was cut takes three bytes; what is left of a character is dropped.
  return `${new TextDecoder().decode(bytes.subarray(0, most - 3), { stream: true })}…`
}
