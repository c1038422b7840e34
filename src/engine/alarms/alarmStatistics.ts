import type { Clock } from '../../clock/clock.ts'
import type { Slices } from '../../clock/slices.ts'
import { type AlarmStatistics, alarmLoad, mostRanked } from '../../shared/alarmStatistics.ts'
import type { Alarm, AlarmChange } from '../../shared/alarms.ts'
import { latestTime } from '../../shared/latestTime.ts'
import { median } from '../../shared/statistics.ts'
import { type ChangedAlarm, incidentsLeft } from './alarmLife.ts'
import type { Alarms } from './alarms.ts'

const minuteMs = 60_000
const minutesOfHour = 60
const hourMs = 3_600_000
const mostFloods = 20

interface Ranked<What> {
  readonly what: What
  began: number
}

/**
 * Counts the alarms of a period, added one by one. Rules and subjects are counted by alarms; the operator's load by incidents: an incident counts once in
 * each hour in which one of its alarms began.
 */
function createLoadTally(from: number, to: number) {
  const hoursFrom = Math.floor(from / hourMs) * hourMs
  const minutesInAll = Math.max(1, Math.ceil((to - hoursFrom) / minuteMs))
  const rules = new Map<string, Ranked<AlarmStatistics['rules'][number]>>()
  const subjects = new Map<string, Ranked<Pick<Alarm, 'subject' | 'serverName'>>>()
  const acknowledgers = new Map<string, { readonly by: string; readonly link: string | null; readonly afterMs: number[] }>()
  const chattering: AlarmStatistics['chattering'] = []
  /** By incident and hour: the minute of its first onset. */
  const incidentMinutes = new Map<string, Map<number, number>>()
  /** Incidents that had begun before the period. */
  const olderIncidents = new Set<string>()
  let began = 0

  const countIncident = (incident: string, at: number) => {
    const minute = Math.min(minutesInAll - 1, Math.floor((at - hoursFrom) / minuteMs))
    const hour = Math.floor(minute / minutesOfHour)
    const byHour = incidentMinutes.get(incident) ?? new Map<number, number>()
    incidentMinutes.set(incident, byHour.set(hour, Math.min(byHour.get(hour) ?? minute, minute)))
  }

  const countAcknowledgement = (change: Extract<AlarmChange, { kind: 'acknowledged' }>, onsetAt: number) => {
    const { by, at } = change
    const link = change.link ?? null
    const key = JSON.stringify([by, link])
    const acknowledger = acknowledgers.get(key) ?? { by: by ?? '', link, afterMs: [] }
    acknowledgers.set(key, acknowledger)
    acknowledger.afterMs.push(Math.max(0, at - onsetAt))
  }
  const add = ({ alarm, changes }: ChangedAlarm): void => {
    const { id, kind, rule, subject, serverName, severity } = alarm
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
        countIn(rules, ofRule, { kind: trouble, rule: ofRule, began: 0, share: 0 }, 1)
        countIncident(incident, at)
      } else if (change.kind === 'acknowledged' && onsetAt !== null && at >= from && at <= to) countAcknowledgement(change, onsetAt)
    }
    if (onsets.length === 0) return
    began += onsets.length
    countIn(subjects, JSON.stringify(subject), { subject, serverName }, onsets.length)
    const worst = worstMinute(onsets)
    if (worst.most >= alarmLoad.chatter) chattering.push({ id, kind, rule, subject, serverName, severity, ...worst })
  }
  return {
    add,
    result: () => {
      const share = (count: number) => (began === 0 ? 0 : count / began)
      const all = Array.from(acknowledgers.values(), ({ afterMs }) => afterMs).flat()
      const minutes = new Uint32Array(minutesInAll)
      for (const byHour of incidentMinutes.values()) for (const minute of byHour.values()) minutes[minute] = (minutes[minute] ?? 0) + 1
      const floods = floodsIn(minutes, hoursFrom)
      return {
        from,
        to,
        began,
        incidents: [...incidentMinutes.keys()].filter((incident) => !olderIncidents.has(incident)).length,
        rules: topOf(rules).map(({ what, began: count }) => ({ ...what, began: count, share: share(count) })),
        subjects: topOf(subjects).map(({ what, began: count }) => ({ ...what, began: count, share: share(count) })),
        chattering: chattering.sort((a, b) => b.most - a.most || b.at - a.at).slice(0, mostRanked),
        chatteringTotal: chattering.length,
        hoursFrom,
        hours: Array.from({ length: Math.ceil(minutes.length / minutesOfHour) }, (_, hour) =>
          minutes.subarray(hour * minutesOfHour, (hour + 1) * minutesOfHour).reduce((sum, count) => sum + count, 0),
        ),
        floods: floods.toReversed().slice(0, mostFloods),
        floodsTotal: floods.length,
        taken: all.length,
        takenAfterMs: all.length === 0 ? null : median(all),
        takers: Array.from(acknowledgers.values(), ({ by, link, afterMs }) => ({ by, link, taken: afterMs.length, takenAfterMs: median(afterMs) }))
          .sort((a, b) => b.taken - a.taken)
          .slice(0, mostRanked),
      } satisfies Omit<AlarmStatistics, 'knownFrom' | 'stale' | 'staleTotal' | 'shelves' | 'shelvesTotal'>
    },
  }
}

function countIn<What>(counts: Map<string, Ranked<What>>, key: string, what: What, count: number): void {
  const ranked = counts.get(key) ?? { what, began: 0 }
  counts.set(key, ranked)
  ranked.began += count
}
const topOf = <What>(counts: ReadonlyMap<string, Ranked<What>>) => [...counts.values()].sort((a, b) => b.began - a.began).slice(0, mostRanked)

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

/** A flood lasts while there are more than 10 onsets within 10 minutes, in whole minutes. */
function floodsIn(minutes: Uint32Array, hoursFrom: number): AlarmStatistics['floods'] {
  const floods: { from: number; to: number; began: number }[] = []
  let within = 0
  let last: { first: number; end: number } | null = null
  const close = () => {
    if (last === null) return
    let { first, end } = last
    while (minutes[first] === 0) first++
    while (minutes[end - 1] === 0) end--
    const began = minutes.subarray(first, end).reduce((sum, count) => sum + count, 0)
    floods.push({ from: hoursFrom + first * minuteMs, to: hoursFrom + end * minuteMs, began })
    last = null
  }
  for (const [minute, count] of minutes.entries()) {
    const start = minute - alarmLoad.floodMinutes + 1
    within += count - (minutes[start - 1] ?? 0)
    if (within <= alarmLoad.flood) {
      if (last !== null && start > last.end) close()
    } else if (last === null) last = { first: Math.max(0, start), end: minute + 1 }
    else last.end = minute + 1
  }
  close()
  return floods
}

const dayMs = 24 * hourMs
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
    knownFrom = Math.max(knownFrom, alarms.keptSince(failures))
    const { hours, ...counted } = tally.result()
    // Hours before `knownFrom` are unknown, not zero.
    const known = hours.map((began, hour) => (counted.hoursFrom + (hour + 1) * hourMs <= knownFrom ? null : began))
    return { ...counted, hours: known, knownFrom }
  }
}
export type CountPeriod = ReturnType<typeof createPeriodCount>

/** Counts how many alarms operators got, what caused most of them and who acknowledged them, from stored alarms. */
export function createAlarmStatistics({ clock, ...deps }: AlarmStatisticsDeps) {
  const countPeriod = createPeriodCount(deps)
  const count = async (days: number): Promise<AlarmStatistics> => {
    const to = clock.now()
    return { ...(await countPeriod(to - days * dayMs, to)), ...outstanding(deps.alarms.open(), to) }
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
  const brief = ({ id, kind, rule, subject, serverName, severity }: Alarm) => ({ id, kind, rule, subject, serverName, severity })
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
