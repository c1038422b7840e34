import type { Clock } from '../../clock/clock.ts'
import type { Slices } from '../../clock/slices.ts'
import { type Alarm, type AlarmChange, mostSimilar, type SimilarAlarm, topicOf } from '../../shared/alarms.ts'
import { err, ok } from '../../shared/result.ts'
import { ownerIdOf, partOf, pathOf } from '../../shared/subjectNames.ts'
import type { ChangedAlarm } from './alarmLife.ts'
import type { AlarmRows } from './alarmRows.ts'
import type { Alarms } from './alarms.ts'
import { alarmThen } from './alarmThen.ts'
import type { AlarmWriting } from './alarmWriting.ts'
import { bundledText } from './bundledAlarms.ts'
import type { Surroundings } from './joining.ts'
import type { OpenAlarms } from './openAlarms.ts'
import { compareAlarms, shown } from './shownAlarms.ts'

export interface PastAlarmsDeps {
  readonly clock: Pick<Clock, 'now'>
  readonly slices: Slices
  readonly rows: AlarmRows
  readonly open: Pick<OpenAlarms, 'get'>
  readonly writing: Pick<AlarmWriting, 'unwritten'>
  readonly machines: Surroundings['machines']
  readonly signal: AbortSignal
}

/** Maximum number of alarms at a past time; reading one takes about 50 µs. */
const mostThen = 20_000

function lastCommentIn(changes: readonly AlarmChange[]): SimilarAlarm['lastComment'] {
  const last = changes.findLast((change) => change.kind === 'commented')
  return last ? { at: last.at, by: last.by, text: last.text } : null
}

/** The part of `Alarms` that reads stored alarms: changes, closed alarms, and alarms at a past time. */
type PastAlarms = Pick<
  Alarms,
  'get' | 'allThen' | 'past' | 'kept' | 'keptSince' | 'closedReadFailures' | 'closed' | 'similar' | 'ofRule' | 'troubledSpans' | 'steps' | 'bundled'
>

export function createPastAlarms({ clock, slices, rows, open, writing, machines, signal }: PastAlarmsDeps): PastAlarms {
  /** Aborted when this console stops or the caller leaves. */
  const endOf = (asked: AbortSignal | undefined): AbortSignal => (asked === undefined ? signal : AbortSignal.any([signal, asked]))
  /** Since when all alarms are known. `failures`: the value of `closedReadFailures` before they were read, as unreadable alarms are not known. */
  const keptSince = (failures = rows.closedReadFailures()): number =>
    rows.isClosedDbDamaged() || rows.closedReadFailures() !== failures ? clock.now() : rows.keptSince()
  /** Uses the open alarm if there is one: absence of the trouble and new reasons are stored only with the next change. */
  const stood = ({ alarm, changes }: ChangedAlarm, at: number) => alarmThen(open.get(alarm.id) ?? alarm, changes, at)

  return {
    get: (id, at) => {
      if (at !== undefined) {
        const latest = rows.read(id)
        const then = latest && stood(latest, at)
        return then && { ...shown(then), changes: latest.changes.filter((change) => change.at <= at) }
      }
      const { alarm = open.get(id) ?? rows.get(id), changes = [] } = writing.unwritten(id) ?? {}
      return alarm && { ...shown(alarm), changes: [...rows.changes(id), ...changes] }
    },
    allThen: async (at, slice) => {
      const failures = rows.closedReadFailures()
      if (at < keptSince()) return err(keptSince())
      const then: Alarm[] = []
      for (const stored of rows.openThen(at, mostThen)) {
        const alarm = stood(stored, at)
        if (alarm !== null) then.push(shown(alarm))
        if (slice.isOver()) await slice.next(signal)
      }
      const since = keptSince(failures)
      return at < since ? err(since) : ok(then.sort(compareAlarms))
    },
    past: async (input, asked) => {
      const found = await rows.closed(input, slices.begin(), endOf(asked))
      return found.ok ? ok(found.value.map(shown)) : found
    },
    kept: () => ({ closed: rows.closedCount(), since: keptSince() }),
    keptSince: () => keptSince(),
    closedReadFailures: rows.closedReadFailures,
    closed: rows,
    similar: async (id, asked) => {
      const alarm = open.get(id) ?? rows.get(id)
      if (alarm === null) return null
      const [topic, part, path, { raisedAt }] = [topicOf(alarm), partOf(alarm.subject), pathOf(alarm.subject), alarm]
      const isAlike = ({ alarm: other }: ChangedAlarm) => other.raisedAt < raisedAt && topicOf(other) === topic && partOf(other.subject) === part
      const alike = await rows.closedOf({ owner: ownerIdOf(alarm.subject), path }, isAlike, mostSimilar, slices.begin(), endOf(asked))
      return alike.map((other) => ({ ...shown(other.alarm), lastComment: lastCommentIn(other.changes) }))
    },
    ofRule: (rule, from, asked) => rows.ofRule(rule, from, slices.begin(), endOf(asked)),
    troubledSpans: (serverId, path, from, asked) => rows.spansOf(serverId, path, from, slices.begin(), endOf(asked)),
    steps: (input, asked) => rows.steps(input, slices.begin(), endOf(asked)),
    bundled: (scope, hider, asked) => {
      const failures = rows.closedReadFailures()
      return bundledText({ within: rows.within, keptSince: () => keptSince(failures), machines }, scope, hider, slices.begin(), endOf(asked))
    },
  }
}
