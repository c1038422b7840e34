import type { Alarm } from '../../shared/alarms.ts'
import { pathOf } from '../../shared/subjects.ts'
import { isoOf, isoOrNull } from '../../shared/time.ts'
import { alarmInWords } from '../../shared/words/inWords.ts'
import type { Language } from '../../shared/words/languages.ts'
import type { UnsentMessage } from './messageRows.ts'

/** What a channel is told, in its language. It is also the body that a webhook gets. Times are ISO 8601 in UTC. */
export interface Told {
  readonly event: 'start' | 'update' | 'end' | 'test'
  /** The same in all messages about one alarm. */
  readonly key: string
  readonly severity: Alarm['severity']
  readonly state: Alarm['state'] | null
  readonly title: string
  /** What is wrong, and what to do. */
  readonly text: string
  /** What is wrong. */
  readonly cause: string | null
  readonly since: string
  readonly endedAt: string | null
  /** When it is said. */
  readonly at: string
  readonly servers: readonly string[]
  readonly streams: readonly string[]
  readonly members: readonly {
    readonly server: string
    readonly stream: string | null
    readonly kind: string
    readonly severity: Alarm['severity']
    readonly since: string
  }[]
  readonly url: string | null
  /** The channel may have got this message before. */
  readonly mayRepeat: boolean
  /** Of an end: its start could not be sent in time. */
  readonly startMissed: boolean
}

export function toldOf(
  { event, mayRepeat, startMissed }: Pick<UnsentMessage, 'event' | 'mayRepeat' | 'startMissed'>,
  alarm: Alarm,
  { publicUrl, at, language }: { readonly publicUrl: string | null; readonly at: number; readonly language: Language },
): Told {
  const { text = '', todo = '' } = alarmInWords(alarm, language)
  const { id, kind, severity, state, serverName, since } = alarm
  const path = pathOf(alarm.subject)
  return {
    event,
    key: id,
    severity,
    state: alarm.closed === null ? state : null,
    title: path === null ? serverName : `${serverName} · ${path}`,
    text: [text, todo].filter((sentence) => sentence !== '').join(' '),
    cause: text,
    since: isoOf(since),
    endedAt: event === 'end' ? isoOrNull(alarm.healedAt ?? alarm.closed?.at ?? null) : null,
    at: isoOf(at),
    servers: [serverName],
    streams: path === null ? [] : [path],
    members: [{ server: serverName, stream: path, kind, severity, since: isoOf(since) }],
    url: publicUrl === null ? null : `${publicUrl}/#/alarms?id=${id}`,
    mayRepeat,
    startMissed,
  }
}

const longestPlain = 200
const plain = (text: string) =>
  text
    .replaceAll(/[^\x21-\x7e]+/g, ' ')
    .trim()
    .slice(0, longestPlain)
/** The same with short texts of plain letters only. */
export const plainer = (told: Told): Told => ({
  ...told,
  title: plain(told.title),
  text: plain(told.text),
  cause: null,
  servers: told.servers.map(plain),
  streams: told.streams.map(plain),
  members: [],
})

/** What a channel gets to try it. */
export const testTold = (at: number): Told => ({
  event: 'test',
  key: 'test',
  severity: 'warning',
  state: null,
  title: 'mtxdeck',
  text: 'This is a test of mtxdeck. Nothing is wrong.',
  cause: null,
  since: isoOf(at),
  endedAt: null,
  at: isoOf(at),
  servers: [],
  streams: [],
  members: [],
  url: null,
  mayRepeat: false,
  startMissed: false,
})
