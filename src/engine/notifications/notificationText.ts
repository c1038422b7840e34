import { sayIn } from '../../i18n/say.ts'
import type { Language } from '../../shared/words/languages.ts'
import type { Notification } from './notification.ts'
import { oneLine } from './plainText.ts'

/** A message for people. Each text is one line without control characters, so that no name can break or pretend anything. */
export interface NotificationText {
  /** State, severity, where and what: "CRITICAL Gate B: server not answering". */
  readonly headline: string
  readonly lines: readonly string[]
  /** Where to go: the alarm in the console, and where it can be acknowledged. */
  readonly links: readonly { readonly name: string; readonly url: string }[]
}

/** The same for channels that have nothing but text. */
export function linkLines({ links }: Pick<NotificationText, 'links'>): readonly string[] {
  return links.map(({ name, url }) => `${name}: ${url}`)
}

const longestTitle = 250
const longestLine = 1_000
const longestMember = 200
/** Of many members so many are named. */
const mostMembers = 10
/** Of the messages of a summary so many. */
const mostItems = 30
/** Of a report so many. */
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
    notification.escalated ? say('notifications.escalated') : '',
    notification.startMissed ? say('notifications.startMissed') : '',
    notification.mayRepeat ? say('notifications.mayRepeat') : '',
  ]
  return {
    headline: oneLine(notification.headline, longestTitle),
    lines: lines.map((line) => oneLine(line, longestLine)).filter((line) => line !== ''),
    links: [
      ...(url === null ? [] : [{ name: say('notifications.open'), url }]),
      ...(ackUrl === null ? [] : [{ name: say('notifications.take'), url: ackUrl }]),
    ],
  }
}
