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
/** So many alarms are read in one piece of work: about two milliseconds. */
const alarmsAtOnce = 40
/** More are not counted, the oldest left out: then they are known from a later moment. */
const mostCounted = 1_000_000
/** An answer holds for so long: many windows may ask. */
const holdsMs = 60_000

export interface AlarmStatisticsDeps {
  readonly clock: Clock
  readonly rows: Pick<AlarmRows, 'changes' | 'within'>
  readonly slices: Slices
  readonly open: () => readonly Alarm[]
  /** From when on all alarms are known. */
  readonly keptSince: () => number
  readonly signal: AbortSignal
}

/** How many alarms there were for operators, what made most of them, and who took them: from what is stored of alarms, in slices. */
export function createAlarmStatistics({ clock, rows, slices, open, keptSince, signal }: AlarmStatisticsDeps) {
  const count = async (days: number): Promise<AlarmStatistics> => {
    const to = clock.now()
    const from = to - days * dayMs
    const tally = createLoadTally(from, to)
    const slice = slices.begin()
    // One that is closed meanwhile is counted once.
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

/** What of a change is counted. */
const countedChange = (change: AlarmChange): CountedChange => ({
  kind: change.kind,
  at: change.at,
  by: 'by' in change ? change.by : null,
  link: 'link' in change ? (change.link ?? null) : null,
})
