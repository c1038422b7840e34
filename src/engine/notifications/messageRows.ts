import type { Database } from 'better-sqlite3'
import { type Channel, type ChannelTest, type Message, type MessageEvent, messageSchema } from '../../shared/channels.ts'
import type { DailyReport } from '../../shared/dailyChecks.ts'
import { type SendFailure, sendFailureSchema } from '../../shared/sendFailures.ts'
import type { Severity } from '../../shared/severities.ts'
import { unknownMark } from '../../shared/units.ts'
import { storedJson } from '../storage/storedJson.ts'

const reportMark = 'daily-'
/** Which report a message is about. Its number alone does not tell: where snapshots.db was begun anew, numbers begin anew, too. */
export type ReportName = Pick<DailyReport, 'id' | 'plannedAt'>
/** Stands in place of the id of an incident. */
export function reportKey({ id, plannedAt }: ReportName): string {
  return `${reportMark}${id}-${plannedAt}`
}
/** null: the message is about an incident, or a document. */
export function reportOf({ alarmId, event }: Pick<Message, 'alarmId' | 'event'>): ReportName | null {
  if (event !== 'report' || !alarmId.startsWith(reportMark)) return null
  const [id, plannedAt] = alarmId.slice(reportMark.length).split('-')
  return { id: Number(id), plannedAt: Number(plannedAt) }
}

/** A message that is to be sent. */
export interface UnsentMessage extends Pick<Message, 'id' | 'alarmId' | 'event' | 'at' | 'mayRepeat' | 'escalated'> {
  /** Not before this moment, epoch ms. */
  readonly nextAt: number
  /** Of an end: its start was never sent, and this says both. */
  readonly startMissed: boolean
}

/** Number of messages kept: 40 MB in alarms.db. Those of open incidents are not counted. */
const mostMessages = 200_000
/** Old ones are deleted after so many new ones. */
const messagesBetweenTrims = 1_000

const mostTests = 60

export interface MessageEnd {
  readonly at: number
  readonly failure: SendFailure | null
  readonly receipt: string | null
  /** null: it is not retried. */
  readonly nextAt: number | null
  /** The channel may have got it. */
  readonly mayRepeat: boolean
  /** For messages combined into one: the id of the first of them. */
  readonly sentWith: number | null
}

/** A row as SQL gives it, with flags as numbers. */
interface Row extends Omit<Message, 'state' | 'failure' | Flag>, Record<Flag | 'startMissed', 0 | 1> {
  readonly state: Message['state'] | 'sending'
  readonly failure: string | null
  readonly nextAt: number
  readonly severity: Severity | null
}
type Flag = 'mayRepeat' | 'escalated'
const columns = `id, alarm_id AS alarmId, channel, event, at, state, tries, next_at AS nextAt, ended_at AS endedAt, failure, may_repeat AS mayRepeat,
  start_missed AS startMissed, escalated, told_with AS sentWith, severity`

export interface LastSaid {
  /** When it was decided on, epoch ms. */
  readonly at: number
  readonly severity: Severity
}

const removedFailure = JSON.stringify({ kind: 'removed' } satisfies SendFailure)
/** null: it can't be read, as after a flipped bit, or from a newer version. */
const readFailure = (stored: string): SendFailure | null => sendFailureSchema.safeParse(storedJson(stored)).data ?? null
/** What can't be read any more was a failure all the same. */
const failureOf = (stored: string): SendFailure => readFailure(stored) ?? { kind: 'answer', said: unknownMark, isPassing: false }

/** Number of failures that can't be read, of messages and of tests: for `mtxdeck check`. */
export function unreadableFailures(db: Database): number {
  const failures = db.prepare<[], string>(
    'SELECT failure FROM messages WHERE failure IS NOT NULL UNION ALL SELECT failure FROM channel_tests WHERE failure IS NOT NULL',
  )
  let wrong = 0
  for (const failure of failures.pluck().iterate() as Iterable<string>) if (readFailure(failure) === null) wrong++
  return wrong
}

/** Messages that wait and those that were sent: the only SQL on `messages`, whose `alarm_id` is that of the incident. */
export function createMessageRows(db: Database) {
  // After one that was given up and may have arrived, the next may say the same.
  const insert = db.prepare(`
    INSERT INTO messages (alarm_id, channel, event, at, state, tries, next_at, may_repeat, start_missed, escalated)
    VALUES (@incident, @channel, @event, @at, 'waiting', 0, @nextAt, coalesce(
      (SELECT may_repeat AND state = 'refused' FROM messages WHERE alarm_id = @incident AND channel = @channel ORDER BY id DESC LIMIT 1), 0), @startMissed, @escalated)`)
  const lastUpdate = db.prepare("SELECT max(coalesce(ended_at, at)) FROM messages WHERE alarm_id = ? AND channel = ? AND event = 'update'").pluck()
  const lastStart = db.prepare("SELECT max(at) FROM messages WHERE alarm_id = ? AND channel = ? AND event = 'start' AND escalated = 0").pluck()
  const last = db.prepare("SELECT event, severity FROM messages WHERE alarm_id = ? AND channel = ? AND state <> 'refused' ORDER BY id DESC LIMIT 1")
  const lastAccepted = db.prepare("SELECT event FROM messages WHERE alarm_id = ? AND channel = ? AND state = 'delivered' ORDER BY id DESC LIMIT 1").pluck()
  const removeUnsent = db.prepare("DELETE FROM messages WHERE alarm_id = ? AND channel = ? AND state = 'waiting' AND may_repeat = 0")
  const anyOf = db.prepare('SELECT 1 FROM messages WHERE alarm_id = ? AND channel = ? LIMIT 1')
  const waiting = db.prepare("SELECT 1 FROM messages WHERE alarm_id = ? AND channel = ? AND state = 'waiting'")
  // One that is put off lets others pass; one that failed does not, so that they stay in order.
  const nextUnsent = db.prepare(`
    SELECT ${columns} FROM messages WHERE channel = ? AND state = 'waiting'
    ORDER BY CASE WHEN tries = 0 AND next_at > ? THEN next_at ELSE 0 END, id LIMIT 1`)
  const due = db.prepare(`SELECT ${columns} FROM messages WHERE channel = ? AND state = 'waiting' AND next_at <= ? ORDER BY id LIMIT ?`)
  const acceptedAt = db
    .prepare(
      `SELECT ended_at FROM messages WHERE channel = ? AND state = 'delivered' AND ended_at > ? AND ended_at <= ? AND (told_with IS NULL OR told_with = id)
      ORDER BY ended_at DESC LIMIT ?`,
    )
    .pluck()
  const oldestFailed = db.prepare(
    "SELECT at, failure FROM messages WHERE channel = ? AND state IN ('waiting', 'sending') AND failure IS NOT NULL ORDER BY id LIMIT 1",
  )
  const oldestWaiting = db.prepare("SELECT min(at) FROM messages WHERE channel = ? AND state = 'waiting'").pluck()
  const begin = db.prepare("UPDATE messages SET state = 'sending', tries = tries + 1, severity = ? WHERE id = ?")
  const end = db.prepare(
    'UPDATE messages SET state = ?, next_at = ?, ended_at = ?, failure = ?, may_repeat = max(may_repeat, ?), receipt = ?, told_with = ? WHERE id = ?',
  )
  const remove = db.prepare('DELETE FROM messages WHERE id = ?')
  const advance = db.prepare("UPDATE messages SET next_at = max(0, next_at - ?) WHERE state = 'waiting' AND next_at > 0")
  const resume = db.prepare(
    "UPDATE messages SET state = 'waiting', next_at = 0, may_repeat = 1 WHERE state = 'sending' AND (@channel IS NULL OR channel = @channel)",
  )
  const said = db.prepare<[string, string, number], LastSaid>(
    'SELECT at, severity FROM messages WHERE alarm_id = ? AND channel = ? AND id < ? AND severity IS NOT NULL ORDER BY id DESC LIMIT 1',
  )
  const lastReceipt = db.prepare('SELECT receipt FROM messages WHERE alarm_id = ? AND channel = ? AND receipt IS NOT NULL ORDER BY id DESC LIMIT 1').pluck()
  const lastingIncidents = db
    .prepare(
      `SELECT alarm_id FROM messages WHERE id IN (SELECT max(id) FROM messages WHERE channel = ? AND (state <> 'refused' OR may_repeat = 1) GROUP BY alarm_id)
      AND event IN ('start', 'update') AND state IN ('delivered', 'refused') ORDER BY id`,
    )
    .pluck()
  const ofIncident = db.prepare(`SELECT ${columns} FROM messages WHERE alarm_id = ? ORDER BY id`)
  const count = db.prepare('SELECT count(*) FROM messages WHERE channel = ? AND state = ?').pluck()
  const lastDelivered = db.prepare("SELECT max(ended_at) FROM messages WHERE channel = ? AND state = 'delivered'").pluck()
  const lastRefused = db.prepare(
    `SELECT ${columns} FROM messages WHERE channel = ? AND state = 'refused' AND failure <> '${removedFailure}' ORDER BY ended_at DESC LIMIT 1`,
  )
  const insertTest = db.prepare('INSERT INTO channel_tests (channel, at, is_drill, failure) VALUES (?, ?, ?, ?)')
  const forgetTests = db.prepare(
    'DELETE FROM channel_tests WHERE channel = ? AND id NOT IN (SELECT id FROM channel_tests WHERE channel = ? ORDER BY id DESC LIMIT ?)',
  )
  const lastAcceptedTest = db.prepare('SELECT max(at) FROM channel_tests WHERE channel = ? AND failure IS NULL').pluck()
  const tests = db.prepare('SELECT at, is_drill, failure FROM channel_tests WHERE channel = ? ORDER BY id DESC LIMIT ?')
  const lastDrillOf = db.prepare('SELECT at, failure FROM channel_tests WHERE channel = ? AND is_drill = 1 ORDER BY id DESC LIMIT 1')
  const lastDrill = db.prepare('SELECT max(at) FROM channel_tests WHERE is_drill = 1').pluck()
  const abandon = db.prepare(
    "UPDATE messages SET may_repeat = max(may_repeat, state = 'sending'), state = 'refused', ended_at = ?, failure = ? WHERE state IN ('waiting', 'sending') AND channel NOT IN (SELECT value FROM json_each(?))",
  )
  const trim = db.prepare(`
    DELETE FROM messages WHERE id <= ? AND ended_at IS NOT NULL AND alarm_id NOT IN (SELECT incident FROM alarms WHERE closed_at IS NULL)`)
  return {
    /** `notBefore`: it is put off until then. */
    add: (incident: string, channel: string, event: MessageEvent, at: number, { notBefore = 0, startMissed = false, escalated = false } = {}): void => {
      const moments = { at: Math.round(at), nextAt: Math.round(notBefore) }
      const { lastInsertRowid } = insert.run({ incident, channel, event, ...moments, startMissed: startMissed ? 1 : 0, escalated: escalated ? 1 : 0 })
      const id = Number(lastInsertRowid)
      if (id % messagesBetweenTrims === 0) trim.run(id - mostMessages)
    },
    /** The clock was set back by so much: messages wait as long from now as before. */
    setBack: (ms: number): void => void advance.run(Math.round(ms)),
    /** When the newest start was added, unless it was an escalation; null: there is none. */
    lastStartAt: (incident: string, channel: string): number | null => lastStart.get(incident, channel) as number | null,
    /** When the channel got the latest update; null: none. */
    lastUpdateAt: (incident: string, channel: string): number | null => lastUpdate.get(incident, channel) as number | null,
    /** The newest message that was not refused; null: the channel got none. */
    last: (alarmId: string, channel: string): LastMessage | null => (last.get(alarmId, channel) as LastMessage | undefined) ?? null,
    /** Takes back what was certainly not sent yet. */
    takeBack: (alarmId: string, channel: string): void => void removeUnsent.run(alarmId, channel),
    /** Whether there is or was any message about it to the channel. */
    isKnown: (incident: string, channel: string): boolean => anyOf.get(incident, channel) !== undefined,
    /** Whether something about the alarm is still to be sent: it will say what is so then. */
    isWaiting: (alarmId: string, channel: string): boolean => waiting.get(alarmId, channel) !== undefined,
    next: (channel: string, now: number): UnsentMessage | null => {
      const row = nextUnsent.get(channel, Math.round(now)) as Row | undefined
      return row === undefined ? null : unsentOf(row)
    },
    /** Those that may be sent, the oldest first. */
    due: (channel: string, now: number, most: number): readonly UnsentMessage[] => (due.all(channel, Math.round(now), most) as Row[]).map(unsentOf),
    /** The oldest that waits after a try that failed: since when, and why; null: none does. */
    unsent: (channel: string): { readonly since: number; readonly failure: SendFailure } | null => {
      const row = oldestFailed.get(channel) as { at: number; failure: string } | undefined
      return row === undefined ? null : { since: row.at, failure: failureOf(row.failure) }
    },
    /** Since when something waits; null: nothing does. */
    waitingSince: (channel: string): number | null => oldestWaiting.get(channel) as number | null,
    /** When the channel accepted something in a period, the latest first; what was sent as one counts once. */
    acceptedAt: (channel: string, { after, until }: { readonly after: number; readonly until: number }, most: number): readonly number[] =>
      acceptedAt.all(channel, Math.round(after), Math.round(until), most) as number[],
    remove: (id: number): void => void remove.run(id),
    /** `severity`: the one sent in the message. */
    begin: (id: number, severity: Severity): void => void begin.run(severity, id),
    end: (id: number, { at, failure, receipt, nextAt, mayRepeat, sentWith }: MessageEnd): void => {
      const state = failure === null ? 'delivered' : nextAt === null ? 'refused' : 'waiting'
      const endedAt = state === 'waiting' ? null : Math.round(at)
      end.run(state, Math.round(nextAt ?? 0), endedAt, failure && JSON.stringify(failure), mayRepeat ? 1 : 0, receipt, sentWith, id)
    },
    /** Those that were being sent when the last process ended wait again; of one channel: when its last try ended by a failure of ours. */
    resume: (channel: string | null = null): void => void resume.run({ channel }),
    /** What a channel was last told about an incident; null: unknown, or nothing. */
    said: (incident: string, channel: string, before: number): LastSaid | null => said.get(incident, channel, before) ?? null,
    /** What waits for channels that are not there any more is not sent. */
    abandon: (channels: readonly string[], at: number): void => void abandon.run(Math.round(at), removedFailure, JSON.stringify(channels)),
    /** The newest message that the channel accepted; null: none. */
    lastAccepted: (incident: string, channel: string): MessageEvent | null => (lastAccepted.get(incident, channel) as MessageEvent | undefined) ?? null,
    /** What the channel answered to the newest message that had a receipt; null: none had. */
    receiptOf: (incident: string, channel: string): string | null => (lastReceipt.get(incident, channel) as string | null | undefined) ?? null,
    /** The incidents that a channel knows of, or may know of, without their end. Reads all of its messages. */
    lasting: (channel: string): readonly string[] => lastingIncidents.all(channel) as string[],
    addTest: (channel: string, { at, isDrill, failure }: ChannelTest): void => {
      insertTest.run(channel, Math.round(at), isDrill ? 1 : 0, failure && JSON.stringify(failure))
      forgetTests.run(channel, channel, mostTests)
    },
    /** The newest first. */
    tests: (channel: string, most: number): ChannelTest[] =>
      (tests.all(channel, most) as { at: number; is_drill: number; failure: string | null }[]).map(({ at, is_drill: isDrill, failure }) => ({
        at,
        isDrill: isDrill === 1,
        failure: failure === null ? null : failureOf(failure),
      })),
    /** When any channel got its last drill; null: never. */
    lastDrillAt: (): number | null => lastDrill.get() as number | null,
    /** What the channel refused, or that the last drill did not reach it, unless it accepted a message or a test since; null: neither. */
    refusal: (channel: string): { readonly what: 'message' | 'drill'; readonly failure: SendFailure } | null => {
      const refused = refusedOf(lastRefused.get(channel) as Row | undefined)
      const drilled = lastDrillOf.get(channel) as { at: number; failure: string | null } | undefined
      const acceptedAt = Math.max(...[lastDelivered.get(channel), lastAcceptedTest.get(channel)].map((at) => Number(at ?? Number.NEGATIVE_INFINITY)))
      if (refused !== null && refused.at > acceptedAt) return { what: 'message', failure: refused.failure }
      if (drilled === undefined || drilled.failure === null || drilled.at <= acceptedAt) return null
      return { what: 'drill', failure: failureOf(drilled.failure) }
    },
    ofIncident: (incident: string): readonly Message[] => (ofIncident.all(incident) as Row[]).flatMap((row) => messageOf(row) ?? []),
    counts: (channel: string) => ({
      waiting: (count.get(channel, 'waiting') as number) + (count.get(channel, 'sending') as number),
      refused: count.get(channel, 'refused') as number,
      deliveredAt: lastDelivered.get(channel) as number | null,
      lastRefused: refusedOf(lastRefused.get(channel) as Row | undefined),
    }),
  }
}

const unsentOf = (row: Row): UnsentMessage => ({
  ...row,
  mayRepeat: row.mayRepeat === 1,
  startMissed: row.startMissed === 1,
  escalated: row.escalated === 1,
})

export type MessageRows = ReturnType<typeof createMessageRows>

function refusedOf(row: Row | undefined): Channel['lastRefused'] {
  const { alarmId, event, endedAt, failure } = (row && messageOf(row)) ?? {}
  return !alarmId || !event || !endedAt || !failure ? null : { at: endedAt, alarmId, event, failure }
}

/** null: it can't be read. */
const messageOf = (row: Row): Message | null =>
  messageSchema.safeParse({
    ...row,
    state: row.state === 'sending' ? 'waiting' : row.state,
    failure: row.failure === null ? null : failureOf(row.failure),
    mayRepeat: row.mayRepeat === 1,
    escalated: row.escalated === 1,
  }).data ?? null
/** The last message about an incident that a channel received. */
export interface LastMessage {
  readonly event: MessageEvent
  /** Severity stated in it; null: unknown. */
  readonly severity: Severity | null
}
