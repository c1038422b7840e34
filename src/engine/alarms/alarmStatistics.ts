import type { Clock } from '../../clock/clock.ts'
import type { Slices } from '../../clock/slices.ts'
import { type AlarmStatistics, alarmLoad, mostRanked } from '../../shared/alarmStatistics.ts'
import { type Alarm, alarmSchema } from '../../shared/alarms.ts'
import type { Database } from '../storage/openDatabase.ts'
import { storedJson } from '../storage/storedJson.ts'
import { type CountedAlarm, type CountedChange, createLoadTally } from './loadTally.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
/** So many alarms are read in one piece of work: about a millisecond. */
const alarmsAtOnce = 40
/** More are not counted, the oldest left out: then they are known from a later moment. */
const mostCounted = 1_000_000
/** An answer holds for so long: many windows may ask. */
const holdsMs = 60_000

export interface AlarmStatisticsDeps {
  readonly clock: Clock
  /** main.db. */
  readonly db: Database
  readonly slices: Slices
  readonly open: () => readonly Alarm[]
  /** From when on all alarms are known. */
  readonly keptSince: () => number
  readonly signal: AbortSignal
}

const briefSchema = alarmSchema.pick({ id: true, incident: true, kind: true, rule: true, subject: true, serverName: true, severity: true })

interface BriefRow {
  readonly place: number
  readonly ended: number
  readonly raised: number
  readonly brief: string
}
/** Closed alarms a few at a time, those that were closed last first; the order is that of the index. */
const selectClosed = `
  SELECT rowid AS place, closed_at AS ended, raised_at AS raised, json_object('id', id, 'incident', incident, 'kind', alarm ->> '$.kind',
    'rule', alarm ->> '$.rule', 'subject', alarm -> '$.subject', 'serverName', alarm ->> '$.serverName', 'severity', severity) AS brief
  FROM alarms INDEXED BY alarm_spans WHERE closed_at >= $from AND (closed_at, raised_at, rowid) < ($ended, $raised, $place)
  ORDER BY closed_at DESC, raised_at DESC, rowid DESC LIMIT $most`
const selectChanges = `
  SELECT alarm_id AS id, change ->> '$.kind' AS kind, change ->> '$.at' AS at, change ->> '$.by' AS by, change ->> '$.link' AS link
  FROM alarm_changes WHERE alarm_id IN (SELECT value FROM json_each(?)) ORDER BY alarm_id, place`

/** How many alarms there were for operators, what made most of them, and who took them: from what is stored of alarms, in slices. */
export function createAlarmStatistics({ clock, db, slices, open, keptSince, signal }: AlarmStatisticsDeps) {
  const closed = db.prepare(selectClosed)
  const changes = db.prepare(selectChanges)
  const withChanges = (alarms: readonly CountedAlarm['alarm'][]): readonly CountedAlarm[] => {
    const of = new Map<string, CountedChange[]>(alarms.map(({ id }) => [id, []]))
    for (const { id, ...change } of changes.all(JSON.stringify([...of.keys()])) as readonly (CountedChange & { readonly id: string })[])
      of.get(id)?.push(change)
    return alarms.map((alarm) => ({ alarm, changes: of.get(alarm.id) ?? [] }))
  }
  const count = async (days: number): Promise<AlarmStatistics> => {
    const to = clock.now()
    const from = to - days * dayMs
    const tally = createLoadTally(from, to)
    const slice = slices.begin()
    const opened = open()
    for (let place = 0; place < opened.length; place += alarmsAtOnce) {
      if (slice.isOver()) await slice.next(signal)
      for (const one of withChanges(opened.slice(place, place + alarmsAtOnce))) tally.add(one)
    }
    let knownFrom = Math.max(from, keptSince())
    let last: Omit<BriefRow, 'brief'> = { ended: Number.MAX_SAFE_INTEGER, raised: 0, place: 0 }
    for (let left = mostCounted; ; ) {
      if (slice.isOver()) await slice.next(signal)
      const rows = closed.all({ from, ended: last.ended, raised: last.raised, place: last.place, most: alarmsAtOnce }) as readonly BriefRow[]
      for (const one of withChanges(rows.flatMap(({ brief }) => readable(brief)))) tally.add(one)
      const lastRow = rows.at(-1)
      if (lastRow === undefined) break
      last = lastRow
      left -= rows.length
      if (left > 0) continue
      knownFrom = Math.max(knownFrom, last.ended)
      break
    }
    const { hours, ...counted } = tally.result()
    // What was before is not none.
    const known = hours.map((began, hour) => (counted.hoursFrom + (hour + 1) * hourMs <= knownFrom ? null : began))
    return { ...counted, hours: known, knownFrom, ...outstanding(open(), to) }
  }
  const answers = new Map<number, { readonly at: number; readonly answer: Promise<AlarmStatistics> }>()
  return (days: number): Promise<AlarmStatistics> => {
    const known = answers.get(days)
    if (known !== undefined && clock.monotonic() - known.at < holdsMs) return known.answer
    const answer = count(days)
    answers.set(days, { at: clock.monotonic(), answer })
    // What failed is not kept.
    answer.catch(() => answers.delete(days))
    return answer
  }
}
export type CountAlarms = ReturnType<typeof createAlarmStatistics>

/** Alarms that are open, or put away, for too long. */
function outstanding(open: readonly Alarm[], now: number) {
  const stale = open.filter(({ state, since }) => (state === 'unacknowledged' || state === 'acknowledged') && now - since > alarmLoad.staleMs)
  const shelves = open.flatMap((alarm) => (alarm.shelf !== null && now - alarm.shelf.at > alarmLoad.oldShelfMs ? [{ alarm, shelf: alarm.shelf }] : []))
  const brief = ({ id, kind, rule, subject, serverName, severity }: Alarm) => ({ id, kind, ...(rule !== undefined && { rule }), subject, serverName, severity })
  return {
    stale: stale
      .toSorted((a, b) => a.since - b.since)
      .slice(0, mostRanked)
      .map((alarm) => ({ ...brief(alarm), since: alarm.since })),
    staleTotal: stale.length,
    shelves: shelves
      .toSorted((a, b) => a.shelf.at - b.shelf.at)
      .slice(0, mostRanked)
      .map(({ alarm, shelf: { at, until, by, reason } }) => ({ ...brief(alarm), at, until, by, reason })),
    shelvesTotal: shelves.length,
  }
}

/** What is stored of an alarm in brief, or nothing: a bit may have flipped in it. Alarms of versions without rules have none. */
function readable(brief: string): readonly CountedAlarm['alarm'][] {
  const { rule, ...rest } = Object(storedJson(brief))
  const { data } = briefSchema.safeParse(rule === null ? rest : { rule, ...rest })
  return data === undefined ? [] : [data]
}
