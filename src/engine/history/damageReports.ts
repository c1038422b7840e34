import { basename } from 'node:path'
import type { Clock } from '../../clock/clock.ts'
import { type DeckEvent, type NewEvent, newEvent } from '../../shared/events.ts'
import type { FileFault } from '../../shared/fileFaults.ts'
import type { EventFilter } from '../../shared/history.ts'
import { latestTime } from '../../shared/latestTime.ts'
import { eventText } from '../../shared/words/eventText.ts'
import type { Log } from '../ports.ts'
import { type FoundDamage, fromStored, type LostPart, ownName, type StoreReport } from './protocol/protocol.ts'
import { ignoreThreadError } from './threads/threads.ts'

/** Reports damage of the store's files and bad input to it. Each problem is logged or becomes an event only once. */
export interface DamageReports {
  /** A thread could not read part of a file. `lost`: owner and day of that part, if known. */
  readonly onDamage: (file: string, damage: FoundDamage, lost: LostPart | null) => void
  /** Turns the writer's reports into events. */
  readonly record: (reports: readonly StoreReport[]) => void
  /** Whether `at` is a valid time. Data with an invalid one can't be stored and would crash the writer thread, so the caller must skip it. */
  readonly isTime: (at: number, what: string, ownerId: string | null) => boolean
  /** Resolves when all reports are recorded. */
  readonly idle: () => Promise<void>
}

export interface DamageReportsDeps {
  readonly clock: Clock
  readonly log: Log
  /** history.db */
  readonly file: string
  readonly record: (events: readonly NewEvent[]) => void
  readonly events: (filter: EventFilter) => Promise<DeckEvent[]>
  /** Marks an archive as possibly damaged, so that it is verified soon. */
  readonly checkSoon: (name: string) => void
}

export function createDamageReports({ clock, log, file: historyFile, record, events, checkSoon }: DamageReportsDeps): DamageReports {
  const reported = new Set<string>()
  let recording: Promise<void> = Promise.resolve()
  const isFirst = (key: string): boolean => {
    const isKnown = reported.has(key)
    reported.add(key)
    return !isKnown
  }

  /** Records a lost day once per owner and day, even across restarts. */
  const recordLost = async ({ ownerId, day }: LostPart, fault: FileFault): Promise<void> => {
    const subject = fromStored({ ownerId, path: ownName })
    const before = await events({ kinds: ['storeDamaged'], of: subject, limit: 1000 })
    if (before.some(({ facts: { unreadableDay } }) => unreadableDay === day)) return
    record([newEvent('storeDamaged', clock.now(), { damage: 'day', unreadableDay: day, because: [fault] }, { subject, ownerName: null })])
  }

  return {
    onDamage: (file, { fault, words }, lost) => {
      if (lost !== null && isFirst(`${lost.ownerId} ${lost.day}`)) recording = recording.then(() => recordLost(lost, fault)).catch(ignoreThreadError)
      // Every query may run into the same damage again.
      if (!isFirst(`${file} ${words}`)) return
      log.error({ file }, `a part of the history cannot be read: ${words}`)
      if (file !== historyFile) checkSoon(basename(file))
    },
    record: (reports) => {
      for (const { kind, of, facts } of reports) {
        const subject = of === null ? null : fromStored(of)
        const event = newEvent(kind, clock.now(), facts, { subject, ownerName: null })
        log.warn({ subject, ...facts }, eventText(event, 'en'))
        record([event])
      }
    },
    isTime: (at, what, ownerId) => {
      if (Math.abs(at) <= latestTime) return true
      if (isFirst(`${what} of ${ownerId} has no time`))
        log.error({ serverId: ownerId, what, at }, 'what was to be stored has a time that is none: it is left out')
      return false
    },
    idle: () => recording,
  }
}
