import { sayIn } from '../../i18n/say.ts'
import { severityRank } from '../../shared/troubles.ts'
import type { Language } from '../../shared/words/languages.ts'
import type { Notification } from './notification.ts'

type Said = Pick<Notification, 'event' | 'severity' | 'state' | 'since' | 'endedAt' | 'at' | 'escalated'>

/**
 * The first line of a message about an incident, on which a lock screen ends: state, severity, where and what, the same in every channel.
 * `before`: the severity that the channel was told last; null: none.
 */
export function headlineOf(
  { event, severity, state, since, endedAt, at, escalated }: Said,
  { title, what, wrongUntil }: { readonly title: string; readonly what: string; readonly wrongUntil?: number | undefined },
  before: Notification['severity'] | null,
  language: Language,
): string {
  const say = sayIn(language)
  const upper = (text: string) => text.toLocaleUpperCase(language)
  const ms = Date.parse(endedAt ?? at) - Date.parse(since)
  const minMs = wrongUntil === undefined ? ms : Math.min(ms, wrongUntil - Date.parse(since))
  if (event === 'end') return `${say('notifications.endedAfter', { lasted: { minMs, maxMs: ms } })}: ${title} ${what}`
  if (escalated) return `${say('notifications.stillAfter', { severity: upper(say(`notifications.severity.${severity}`)), ms })}: ${title} ${what}`
  const isTaken = state !== null && state !== 'unacknowledged'
  const rank = before === null ? 0 : severityRank[severity] - severityRank[before]
  const mark = isTaken
    ? say(`notifications.state.${state}`)
    : event === 'start'
      ? ''
      : say(`notifications.${rank < 0 ? 'worse' : rank > 0 ? 'eased' : 'changed'}`)
  return `${upper(`${mark} ${say(`notifications.severity.${severity}`)}`.trim())} ${title}: ${what}`
}
