import type { MessageEvent } from '../../channels.ts'
import type { SessionRow } from '../../dossierRows.ts'

/** What stands around the facts of a dossier, in one language. */
export interface DossierWords {
  readonly title: string
  readonly ofPeriod: string
  readonly ofDemo: string
  /** At its head: when and with what it was made, of what times are, and whether addresses of clients are in it. */
  readonly made: (moment: string, version: string, zone: string, isHidden: boolean) => string
  readonly print: string
  readonly allServers: string
  readonly more: (count: number, isLeast: boolean) => string
  readonly heads: {
    readonly todo: string
    readonly incidents: string
    readonly alarms: string
    readonly timeline: string
    readonly charts: string
    readonly hosts: string
    readonly pictures: string
    /** Of an incident, and of a period. */
    readonly sessions: string
    readonly sessionsThen: string
    readonly said: string
    readonly differences: string
    readonly taken: string
    readonly notifications: string
  }
  /** What stands where a part has nothing. */
  readonly none: {
    readonly alarms: string
    readonly timeline: string
    readonly charts: string
    readonly pictures: string
    readonly sessions: string
    readonly differences: string
    readonly taken: string
    readonly notifications: string
  }
  readonly alarmsUnread: string
  readonly sessionsSince: (moment: string) => string
  readonly sessionsNotKept: string
  readonly facts: { readonly period: string; readonly servers: string; readonly severity: string; readonly state: string; readonly hit: string }
  readonly hit: (of: { readonly servers: number; readonly streams: number | null; readonly readers: number | null }) => string
  readonly columns: {
    readonly time: string
    readonly what: string
    readonly where: string
    readonly until: string
    readonly before: string
    readonly after: string
    readonly channel: string
    readonly outcome: string
    readonly severity: string
  } & Readonly<Record<keyof SessionRow, string>>
  readonly lasts: string
  readonly role: Readonly<Record<'publisher' | 'reader' | 'other', string>>
  readonly event: Readonly<Record<MessageEvent, string>>
  readonly outcome: Readonly<Record<'waiting' | 'delivered' | 'refused', string>>
  readonly slate: string
  readonly chart: (of: { readonly name: string; readonly metric: string; readonly least: string; readonly most: string; readonly last: string }) => string
  readonly unknown: string
}
