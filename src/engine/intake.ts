import type { Clock } from '../clock/clock.ts'
import { eventText } from '../i18n/eventText.ts'
import type { EventKind, NewEvent } from '../shared/events.ts'
import { type Owner, ownerIdOf } from '../shared/subjectNames.ts'
import type { History, SampleBatch } from './history/history.ts'
import type { ServerBudget } from './history/serverBudget.ts'
import type { Log } from './ports.ts'

/** Who looks at what passes on its way to history. */
export interface Onlooker {
  /** Called before history takes the figures away. */
  readonly see: (batch: SampleBatch) => void
  readonly unknown?: (owner: Owner) => void
  /** The figures so far say nothing of now. */
  readonly outdated?: (owner: Owner) => void
  readonly happened?: (events: readonly NewEvent[]) => void
}

/** Figures and events of what is watched, on their way to history; those of servers within their budgets. */
export type Intake = ReturnType<typeof createIntake>

export function createIntake(history: Pick<History, 'append' | 'gap' | 'record'>, { [Symbol.dispose]: _, ...budget }: ServerBudget) {
  const onlookers: Onlooker[] = []
  const show = (events: readonly NewEvent[]) => {
    // Damage of our own files is reported to alarms by history, whoever records it.
    const others = events.filter(({ kind }) => kind !== 'storeDamaged')
    if (others.length > 0) for (const onlooker of onlookers) onlooker.happened?.(others)
  }
  return {
    ...budget,
    append: (batch: SampleBatch): void => {
      for (const onlooker of onlookers) onlooker.see(batch)
      history.append(batch)
    },
    gap: (owner: Owner, at: number): void => {
      for (const onlooker of onlookers) onlooker.unknown?.(owner)
      history.gap(owner, at)
    },
    record: (events: readonly NewEvent[]): void => {
      show(events)
      budget.record(events)
    },
    /** Events of hosts and probes, which have no budget. */
    note: (events: readonly NewEvent[]): void => {
      show(events)
      history.record(events)
    },
    outdated: (owner: Owner): void => {
      for (const onlooker of onlookers) onlooker.outdated?.(owner)
    },
    /** From now on it sees all that passes, after those that were added before. */
    add: (onlooker: Onlooker): void => void onlookers.push(onlooker),
  }
}

const logged: ReadonlySet<EventKind> = new Set(['serverDown', 'serverUp', 'serverSilent', 'serverRestarted', 'hostDown', 'hostUp', 'probeDown', 'probeUp'])
/** What comes and goes all the time must not fill the log: so many lines in this time for each server, host or probe. */
const mostLines = 2
const linesWithinMs = 600_000
/** Writes to the log when what is watched stops answering, and when it answers again. */
export function logOutages(log: Log, clock: Pick<Clock, 'monotonic'>): Onlooker {
  const lines = new Map<string, { readonly since: number; count: number }>()
  const isKept = (owner: string): boolean => {
    const now = clock.monotonic()
    const before = lines.get(owner)
    const line = before === undefined || now - before.since >= linesWithinMs ? { since: now, count: 0 } : before
    lines.set(owner, line)
    line.count++
    return line.count <= mostLines
  }
  return {
    see: () => undefined,
    happened: (events) => {
      for (const event of events)
        if (logged.has(event.kind) && event.subject !== null && isKept(ownerIdOf(event.subject)))
          log.info({ event: event.kind, of: event.ownerName }, eventText(event, 'en'))
    },
  }
}
