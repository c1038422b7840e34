import type { DailyDetails } from '../../shared/dailyChecks.ts'
import type { IncidentDetails } from '../../shared/incidents.ts'
import type { AcknowledgeLinks } from './acknowledgeLinks.ts'
import { languageOf } from './channelKind.ts'
import type { ChannelInput } from './channelKinds.ts'
import { type MessageRows, type ReportName, reportOf, type UnsentMessage } from './messageRows.ts'
import { bareEnd, incidentNotification, type Notification, type NotificationContext, reportNotification, summaryOf, testNotification } from './notification.ts'

/** What messages are written from. */
export interface WriterDeps {
  readonly rows: Pick<MessageRows, 'saidSeverity'>
  readonly incident: (id: string) => IncidentDetails | null
  /** A report of the daily check; null: it is not kept any more. */
  readonly report: (report: ReportName) => DailyDetails | null
  /** Where browsers reach this console, for links; null: not known. */
  readonly publicUrl: () => string | null
  /** null: nothing can be acknowledged without signing in. */
  readonly links: AcknowledgeLinks | null
}

/** Writes the messages of one channel as things are at a moment, in its language unless another is given. */
export function createMessageWriter({ rows, ...deps }: WriterDeps, channel: ChannelInput, at: number, language = languageOf(channel)) {
  const { name } = channel
  const links = channel.acknowledgeLink === false ? null : deps.links
  const context: NotificationContext = {
    publicUrl: deps.publicUrl(),
    at,
    language,
    ackUrlOf: (incident) => links?.urlOf(incident, name, at) ?? null,
  }
  return {
    /** null: there is nothing left to say. */
    write: (message: UnsentMessage): Notification | null => {
      const named = reportOf(message)
      if (named !== null) {
        const report = deps.report(named)
        return report && reportNotification(report, message.mayRepeat, context)
      }
      const incident = deps.incident(message.alarmId)
      const said = rows.saidSeverity(message.alarmId, name, message.id)
      if (incident !== null) return incidentNotification(message, incident, context, said)
      // Of rows that are damaged nothing can be said any more, but that it is over.
      const severity = message.event === 'end' && !message.startMissed ? said : null
      return severity && bareEnd(message, severity, context)
    },
    /** An incident as it is now, for a channel that forgets. */
    repeat: (incident: IncidentDetails): Notification =>
      incidentNotification({ event: 'start', at, mayRepeat: false, startMissed: false, escalated: false }, incident, context, null),
    asOne: (all: readonly Notification[]): Notification => (all.length === 1 ? (all[0] as Notification) : summaryOf(all, context)),
    test: (isDrill: boolean): Notification => testNotification(context, isDrill),
  }
}
