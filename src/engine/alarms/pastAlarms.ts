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
import type { OpenAlarms } from './openAlarms.ts'
import { compareAlarms, shown } from './shownAlarms.ts'

export interface PastAlarmsDeps {
  readonly clock: Pick<Clock, 'now'>
  readonly slices: Slices
  readonly rows: AlarmRows
  readonly open: Pick<OpenAlarms, 'get'>
  readonly writing: Pick<AlarmWriting, 'unwritten'>
  readonly signal: AbortSignal
}

/** Of a past moment; a row is read in some 50 µs. */
const mostThen = 20_000

function lastCommentIn(changes: readonly AlarmChange[]): SimilarAlarm['lastComment'] {
  const last = changes.findLast((change) => change.kind === 'commented')
  return last ? { at: last.at, by: last.by, text: last.text } : null
}

/** The part of `Alarms` that is read from what is stored: what happened to an alarm, closed ones, and any as it stood at a past moment. */
type PastAlarms = Pick<
  Alarms,
  'get' | 'allThen' | 'past' | 'kept' | 'keptSince' | 'pastFailures' | 'closed' | 'similar' | 'ofRule' | 'troubledSpans' | 'steps' | 'bundled'
>

export function createPastAlarms({ clock, slices, rows, open, writing, signal }: PastAlarmsDeps): PastAlarms {
  /** Work ends with this console, and once its caller has gone. */
  const endOf = (asked: AbortSignal | undefined): AbortSignal => (asked === undefined ? signal : AbortSignal.any([signal, asked]))
  /** From when on all are known, where `pastFailures` was that before: what can't be read is not known. */
  const keptSince = (failures = rows.pastFailures()): number => (rows.isPastDamaged() || rows.pastFailures() !== failures ? clock.now() : rows.keptSince())
  /** That an open one is well again, and what it says newly, is stored with its next change. */
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
      const failures = rows.pastFailures()
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
    pastFailures: rows.pastFailures,
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
      const failures = rows.pastFailures()
      return bundledText({ within: rows.within, keptSince: () => keptSince(failures) }, scope, hider, slices.begin(), endOf(asked))
    },
  }
}
