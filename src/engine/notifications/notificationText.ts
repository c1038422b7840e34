import type { Language } from '../../i18n/languages.ts'
import { sayIn } from '../../i18n/say.ts'
import type { Notification } from './notification.ts'

/** A message for people. Each text is one line without control characters, so that no name can break or pretend anything. */
interface NotificationText {
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
/**
 * Control characters, line and paragraph separators, and the marks that turn the direction of writing (Unicode TR 9), with which a name could
 * make a message show something else than it says.
 */
const unprintable = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu

/** One line of text, cut to so many UTF-16 units. */
export function oneLine(text: string, most: number): string {
  return cut(
    text
      .slice(0, most * 4)
      .toWellFormed()
      .replaceAll(unprintable, ' ')
      .trim(),
    most,
  )
}

/** Cuts a text to so many UTF-16 units, never within a character, and shows that it was cut. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text
  const end = most - 1
  const isWithin = /[\ud800-\udbff]/.test(text.charAt(end - 1))
  return `${text.slice(0, isWithin ? end - 1 : end)}…`
}

/** Cuts a text to so many bytes of UTF-8. */
export function cutBytes(text: string, most: number): string {
  const bytes = new TextEncoder().encode(text)
  if (bytes.length <= most) return text
  // The mark that it was cut takes three bytes; what is left of a character is dropped.
  return `${new TextDecoder().decode(bytes.subarray(0, most - 3), { stream: true })}…`
}
