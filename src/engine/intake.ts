import type { NewEvent } from '../shared/events.ts'
import type { Owner } from '../shared/subjectNames.ts'
import type { History, SampleBatch } from './history/history.ts'
import type { ServerBudget } from './history/serverBudget.ts'

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
