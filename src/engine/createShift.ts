import type { Language } from '../i18n/languages.ts'
import { altogether } from './availability/reckon.ts'
import type { Alerting } from './createAlerting.ts'
import type { LookingBack } from './createLookingBack.ts'
import type { Observing } from './createObserving.ts'
import { Handovers } from './handovers/handovers.ts'
import { namedZone, recurringWindows } from './maintenance/windows.ts'
import type { MailedDocument } from './notifications/notification.ts'
import { Reports } from './reports/reports.ts'
import type { Servers } from './servers/servers.ts'
import type { Wiring } from './wiring.ts'

/** What a shift hands over, and what is reported of a period. */
export type Shift = ReturnType<typeof createShift>

export function createShift(
  wiring: Wiring,
  servers: Servers,
  { maintenance, cameras }: Observing,
  alerting: Alerting,
  { availability, viewing, dossiers }: LookingBack,
) {
  const { ports, options, opened, signal } = wiring
  const { clock, log } = ports
  const { db, bundle } = wiring.store
  const { alarms, notifications, countPeriod } = alerting
  const handovers = new Handovers({
    ...{ clock, log, db, countPeriod, availability },
    incidents: () => alarms.incidents(),
    incident: (id) => alarms.incident(id),
    openAlarms: () => alarms.open(),
    alarm: (id) => alarms.get(id),
    maintenance: maintenance.list,
    sendDocument: notifications.sendDocument,
  })
  const reports = opened.use(
    new Reports({
      ...{ clock, log, db, availability, altogether, countPeriod, viewing, notifications, signal },
      isDemo: options.demo ?? false,
      isBundle: bundle !== null,
      server: servers.get,
      cameraOf: (serverId, path, operator) => (operator === null ? cameras.ofStream(serverId, path) : cameras.seenOf(serverId, path, operator)),
      zone: namedZone,
      momentsOf: ({ at, zone, rrule }) => {
        const { from } = recurringWindows({ start: `2024-01-01T${at}:00`, zone: namedZone(zone), lengthMs: 1_000, rrule })
        return (after, most) => from(after, most).map((window) => window.from)
      },
      publish: dossiers.publish,
    }),
  )
  return {
    handovers,
    reports,
    /** What is mailed under a key; null: it is not kept any more. */
    document: (key: string, language: Language): MailedDocument | null => handovers.document(key, language) ?? reports.document(key),
  }
}
