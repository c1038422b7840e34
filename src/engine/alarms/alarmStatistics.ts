import type { Clock } from '../../clock/clock.ts'
import type { Slices } from '../../clock/slices.ts'
import { type AlarmStatistics, alarmLoad, mostRanked } from '../../shared/alarmStatistics.ts'
import type { Alarm, AlarmChange } from '../../shared/alarms.ts'
import { latestTime } from '../../shared/latestTime.ts'
import type { ChangedAlarm } from './alarmLife.ts'
import type { AlarmRows } from './alarmRows.ts'
import { type CountedAlarm, type CountedChange, createLoadTally } from './loadTally.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
/** Number of alarms read before yielding to other work: about two milliseconds. */
const alarmsAtOnce = 40
/** Maximum number of alarms to count. Beyond it the oldest are left out, and `knownFrom` is later. */
const mostCounted = 1_000_000
/** How long an answer is cached, ms: many windows may ask. */
const holdsMs = 60_000

export interface AlarmStatisticsDeps {
  readonly clock: Clock
  readonly rows: Pick<AlarmRows, 'changes' | 'within'>
  readonly slices: Slices
  readonly open: () => readonly Alarm[]
  /** The time from which on all alarms are stored. */
  readonly keptSince: () => number
  readonly signal: AbortSignal
}

/** Counts how many alarms operators got, what caused most of them and who acknowledged them, from stored alarms. Works in slices. */
export function createAlarmStatistics({ clock, rows, slices, open, keptSince, signal }: AlarmStatisticsDeps) {
  const count = async (days: number): Promise<AlarmStatistics> => {
    const to = clock.now()
    const from = to - days * dayMs
    const tally = createLoadTally(from, to)
    const slice = slices.begin()
    // Prevents counting an alarm twice that is closed in the meantime.
    const seen = new Set<string>()
    const add = ({ alarm, changes }: Pick<ChangedAlarm, 'changes'> & { readonly alarm: CountedAlarm['alarm'] }) => {
      if (!seen.has(alarm.id)) tally.add({ alarm, changes: changes.map(countedChange) })
    }
    const opened = open()
    for (const [place, alarm] of opened.entries()) {
      if (place % alarmsAtOnce === 0 && slice.isOver()) await slice.next(signal)
      add({ alarm, changes: rows.changes(alarm.id) })
      seen.add(alarm.id)
    }
    let knownFrom = from
    let left = mostCounted
    for await (const { closedAt, ...one } of rows.within({ from, to: latestTime, onlyClosed: true }, slice, signal)) {
      add(one)
      if (--left > 0) continue
      knownFrom = closedAt ?? to
      break
    }
    knownFrom = Math.max(knownFrom, keptSince())
    const { hours, ...counted } = tally.result()
    // Hours before `knownFrom` are unknown, not zero.
    const known = hours.map((began, hour) => (counted.hoursFrom + (hour + 1) * hourMs <= knownFrom ? null : began))
    return { ...counted, hours: known, knownFrom, ...outstanding(open(), to) }
  }
  const answers = new Map<number, { readonly at: number; readonly answer: Promise<AlarmStatistics> }>()
  return (days: number): Promise<AlarmStatistics> => {
    const known = answers.get(days)
    if (known !== undefined && clock.monotonic() - known.at < holdsMs) return known.answer
    const answer = count(days)
    answers.set(days, { at: clock.monotonic(), answer })
    // Failures are not cached.
    answer.catch(() => answers.delete(days))
    return answer
  }
}
export type CountAlarms = ReturnType<typeof createAlarmStatistics>

/** Alarms that have been open or shelved for too long. */
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

/** The fields of a change that are counted. */
const countedChange = (change: AlarmChange): CountedChange => ({
  kind: change.kind,
  at: change.at,
  by: 'by' in change ? change.by : null,
  link: 'link' in change ? (change.link ?? null) : null,
})
