import { basename } from 'node:path'
import type { Clock } from '../../clock/clock.ts'
import { eventText } from '../../i18n/eventText.ts'
import { type NewEvent, newEvent } from '../../shared/events.ts'
import { latestTime } from '../../shared/latestTime.ts'
import type { Log } from '../ports.ts'
import { fromStored, type StoreReport } from './protocol/protocol.ts'

/** Reports damage of the store's files and bad input to it. Each problem is logged or becomes an event only once. */
export function createDamageReports(deps: {
  readonly clock: Clock
  readonly log: Log
  /** history.db */
  readonly file: string
  readonly record: (events: readonly NewEvent[]) => void
  /** Marks an archive as possibly damaged, so that it is verified soon. */
  readonly checkSoon: (name: string) => void
}) {
  const { clock, log } = deps
  const reported = new Set<string>()
  const isFirst = (key: string): boolean => {
    const isKnown = reported.has(key)
    reported.add(key)
    return !isKnown
  }
  /** Turns the writer's reports into events. */
  const record = (reports: readonly StoreReport[]): void => {
    for (const { kind, of, facts } of reports) {
      const event = newEvent(kind, clock.now(), facts, { subject: of === null ? null : fromStored(of), ownerName: null })
      log.warn({ subject: event.subject, ...facts }, eventText(event, 'en'))
      deps.record([event])
    }
  }

  return {
    record,
    /** A thread could not read part of a file. Every query may run into the same damage again. */
    onDamage: (file: string, words: string): void => {
      if (!isFirst(`${file} ${words}`)) return
      log.error({ file }, `a part of the history cannot be read: ${words}`)
      if (file !== deps.file) deps.checkSoon(basename(file))
      else if (isFirst(file)) record([{ kind: 'storeDamaged', of: null, facts: { damage: 'partUnreadable', file: basename(file) } }])
    },
    /** Whether `at` is a valid time. Data with an invalid one can't be stored and would crash the writer thread, so the caller must skip it. */
    isTime: (at: number, what: string, ownerId: string | null): boolean => {
      if (Math.abs(at) <= latestTime) return true
      if (isFirst(`${what} of ${ownerId} has no time`))
        log.error({ serverId: ownerId, what, at }, 'what was to be stored has a time that is none: it is left out')
      return false
    },
  }
}
