import type { Clock } from '../../clock/clock.ts'
import type { Slices } from '../../clock/slices.ts'
import { type AlarmStatistics, alarmLoad, mostOperators, mostRanked } from '../../shared/alarmStatistics.ts'
import type { Alarm, AlarmChange } from '../../shared/alarms.ts'
import { latestTime } from '../../shared/latestTime.ts'
import { median } from '../../shared/statistics.ts'
import { type ChangedAlarm, incidentsLeft } from './alarmLife.ts'
import type { Alarms } from './alarms.ts'

const minuteMs = 60_000
const hourMs = 3_600_000
const dayMs = 24 * hourMs

type Outstanding = AlarmStatistics['rest'][number]
const brief = ({ id, kind, rule, subject, serverName, severity }: Pick<Alarm, 'id' | 'kind' | 'rule' | 'subject' | 'serverName' | 'severity'>) => ({
  ...{ id, kind, rule, subject, serverName, severity },
})

/**
 * Counts the alarms of a period, added one by one. Rules and subjects are counted by alarms; the operator's load by incidents: an incident counts once in
 * each hour in which one of its alarms began.
 */
function createLoadTally(from: number, to: number) {
  const hoursFrom = Math.floor(from / hourMs) * hourMs
  /** The incidents of which something began, by hour. */
  const hours = Array.from({ length: Math.max(1, Math.ceil((to - hoursFrom) / hourMs)) }, () => new Set<string>())
  const rules = new Map<string, AlarmStatistics['rules'][number]>()
  const subjects = new Map<string, AlarmStatistics['subjects'][number]>()
  /** How long after the last begin each acknowledgement was, ms, by who acknowledged, and by which link. */
  const takers = new Map<string, { readonly by: string; readonly link: string | null; readonly afterMs: number[] }>()
  const chattering: Outstanding[] = []
  /** Incidents that had begun before the period. */
  const olderIncidents = new Set<string>()
  let began = 0

  const countAcknowledgement = (change: Extract<AlarmChange, { kind: 'acknowledged' }>, onsetAt: number) => {
    const { by, at } = change
    const link = change.link ?? null
    const key = JSON.stringify([by, link])
    const taker = takers.get(key) ?? { by: by ?? '', link, afterMs: [] }
    takers.set(key, taker)
    taker.afterMs.push(Math.max(0, at - onsetAt))
  }
  const add = ({ alarm, changes }: ChangedAlarm): void => {
    const { rule, subject, serverName } = alarm
    const onsets: number[] = []
    let onsetAt: number | null = null
    const left = incidentsLeft(changes)
    for (const [place, change] of changes.entries()) {
      const { at } = change
      if (change.kind === 'returned' && change.left !== undefined) left.shift()
      if (change.kind === 'raised' || change.kind === 'returned') {
        onsetAt = at
        const incident = left[0] ?? alarm.incident
        if (at < from) olderIncidents.add(incident)
        // An alarm that begins within a maintenance window or is suppressed at once needs no operator.
        const next = changes[place + 1]
        const isQuiet = next?.kind === 'suppressed' && next.at === at
        if (isQuiet || at < from || at > to) continue
        onsets.push(at)
        // It may have begun as another trouble, of another rule, than it was last.
        const { trouble } = change
        const ofRule = trouble === alarm.kind ? rule : trouble
        countIn(rules, ofRule, { kind: trouble, rule: ofRule, began: 0 }, 1)
        hours[Math.min(hours.length - 1, Math.floor((at - hoursFrom) / hourMs))]?.add(incident)
      } else if (change.kind === 'acknowledged' && onsetAt !== null && at >= from && at <= to) countAcknowledgement(change, onsetAt)
    }
    if (onsets.length === 0) return
    began += onsets.length
    countIn(subjects, JSON.stringify(subject), { subject, serverName, began: 0 }, onsets.length)
    const { most, at } = worstMinute(onsets)
    if (most >= alarmLoad.chatter) chattering.push({ ...brief(alarm), is: 'chatters', since: at, times: most, by: null })
  }
  return {
    add,
    /** `knownFrom`: hours before it are unknown, not zero. */
    result: (knownFrom: number) => {
      const takenAfter = Array.from(takers.values(), ({ afterMs }) => afterMs).flat()
      const incidents = new Set(hours.flatMap((ofHour) => [...ofHour]))
      const known = hours.map((ofHour, hour) => ({ at: hoursFrom + hour * hourMs, began: ofHour.size })).filter(({ at }) => at + hourMs > knownFrom)
      return {
        ...{ from, to, knownFrom, began },
        incidents: [...incidents].filter((id) => !olderIncidents.has(id)).length,
        perHour: known.length === 0 ? null : known.reduce((sum, hour) => sum + hour.began, 0) / known.length,
        busyHours: Array.from({ length: mostOperators }, (_, place) => known.filter((hour) => hour.began > (place + 1) * alarmLoad.mostPerHour).length),
        busiest: known.reduce<AlarmStatistics['busiest']>((most, hour) => (hour.began > (most?.began ?? 0) ? hour : most), null),
        rules: topOf(rules),
        subjects: topOf(subjects),
        chattering: chattering.sort((a, b) => (b.times ?? 0) - (a.times ?? 0) || b.since - a.since),
        taken: takenAfter.length,
        takenAfterMs: takenAfter.length === 0 ? null : median(takenAfter),
        /** By descending count. `link`: name of the channel whose message link was used; `by` is then the name that was entered. */
        takers: Array.from(takers.values(), ({ by, link, afterMs }) => ({ by, link, taken: afterMs.length, takenAfterMs: median(afterMs) }))
          .sort((a, b) => b.taken - a.taken)
          .slice(0, mostRanked),
      }
    },
  }
}

function countIn<What extends { began: number }>(counts: Map<string, What>, key: string, fresh: What, count: number): void {
  const counted = counts.get(key) ?? fresh
  counts.set(key, counted)
  counted.began += count
}
const topOf = <What extends { began: number }>(counts: ReadonlyMap<string, What>) => [...counts.values()].sort((a, b) => b.began - a.began).slice(0, mostRanked)

/** Maximum number of onsets within a minute, and when. */
function worstMinute(onsets: readonly number[]): { readonly most: number; readonly at: number } {
  let worst = { most: 0, at: 0 }
  let first = 0
  for (const [place, at] of onsets.entries()) {
    while (at - (onsets[first] ?? at) > minuteMs) first++
    const most = place - first + 1
    if (most >= worst.most) worst = { most, at }
  }
  return worst
}

/** Number of alarms read before yielding to other work: about two milliseconds. */
const alarmsAtOnce = 40
/** Maximum number of alarms to count. Beyond it the oldest are left out, and `knownFrom` is later. */
const mostCounted = 1_000_000
/** How long an answer is cached, ms: many windows may ask. */
const holdsMs = 60_000

interface AlarmStatisticsDeps {
  readonly clock: Clock
  readonly slices: Slices
  readonly alarms: Pick<Alarms, 'closed' | 'open' | 'keptSince' | 'readFailures'>
  readonly signal: AbortSignal
}

/**
 * Counts the alarms of a period, open and closed. `isCounted` is called once for each alarm that was open in the period or later; those for which it
 * answers false are left out. Works in slices.
 */
export function createPeriodCount({ slices, alarms, signal }: Omit<AlarmStatisticsDeps, 'clock'>) {
  return async (from: number, to: number, isCounted: (one: ChangedAlarm) => boolean = () => true) => {
    const tally = createLoadTally(from, to)
    const slice = slices.begin()
    // Prevents counting an alarm twice that is closed in the meantime.
    const seen = new Set<string>()
    const failures = alarms.readFailures()
    const add = (one: ChangedAlarm) => {
      if (!seen.has(one.alarm.id) && isCounted(one)) tally.add(one)
    }
    const opened = alarms.open()
    for (const [place, alarm] of opened.entries()) {
      if (place % alarmsAtOnce === 0 && slice.isOver()) await slice.next(signal)
      add({ alarm, changes: alarms.closed.changes(alarm.id) })
      seen.add(alarm.id)
    }
    let knownFrom = from
    let left = mostCounted
    for await (const { closedAt, ...one } of alarms.closed.within({ from, to: latestTime, onlyClosed: true }, slice, signal)) {
      add(one)
      if (--left > 0) continue
      knownFrom = closedAt ?? to
      break
    }
    return tally.result(Math.max(knownFrom, alarms.keptSince(failures)))
  }
}
export type CountPeriod = ReturnType<typeof createPeriodCount>

/** Counts how many alarms operators got, what caused most of them and how soon they were acknowledged, from stored alarms. */
export function createAlarmStatistics({ clock, ...deps }: AlarmStatisticsDeps) {
  const countPeriod = createPeriodCount(deps)
  const count = async (days: number): Promise<AlarmStatistics> => {
    const to = clock.now()
    const { chattering, takers: _, ...counted } = await countPeriod(to - days * dayMs, to)
    const rest = [chattering, ...tooLong(deps.alarms.open(), to)]
    return { ...counted, rest: rest.flatMap((some) => some.slice(0, mostRanked)), restTotal: rest.reduce((sum, { length }) => sum + length, 0) }
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

/** Alarms that have been open, and those that have been shelved for too long, each oldest first. */
function tooLong(open: readonly Alarm[], now: number): readonly (readonly Outstanding[])[] {
  const stale = open.flatMap((alarm): readonly Outstanding[] => {
    const { state, since } = alarm
    const isOpen = state === 'unacknowledged' || state === 'acknowledged'
    return isOpen && now - since > alarmLoad.staleMs ? [{ ...brief(alarm), is: 'stale', since, times: null, by: null }] : []
  })
  const shelved = open.flatMap((alarm): readonly Outstanding[] => {
    const { shelf } = alarm
    return shelf !== null && now - shelf.at > alarmLoad.oldShelfMs ? [{ ...brief(alarm), is: 'shelved', since: shelf.at, times: null, by: shelf.by }] : []
  })
  return [stale, shelved].map((some) => some.sort((a, b) => a.since - b.since))
}
