import type { Clock } from '../../clock/clock.ts'
import { firstNames, type ServerCaution } from '../../shared/cautions.ts'
import type { Fault, FieldChecker } from './apiFields.ts'

/** A recent fault in the values of one field. */
export interface FieldFault {
  readonly field: string
  readonly fault: Fault
}

/** The faults in one server's answers: one entry per field and kind of fault, however often it occurs. */
export interface FieldFaults extends FieldChecker {
  /** Those of the last ten minutes, by field. */
  readonly recent: () => readonly FieldFault[]
}

/** A fault that occurred once is shown for this long, so that an operator has time to read it. */
const shownForMs = 600_000

export function createFieldFaults(clock: Clock): FieldFaults {
  const lastAt = new Map<string, Map<Fault, number>>()
  return {
    // Only fields of our own tables get here, so there can't be many.
    note: (field, fault) => {
      let ofField = lastAt.get(field)
      if (ofField === undefined) {
        ofField = new Map()
        lastAt.set(field, ofField)
      }
      ofField.set(fault, clock.monotonic())
    },
    now: clock.now,
    recent: () => {
      if (lastAt.size === 0) return []
      const since = clock.monotonic() - shownForMs
      return [...lastAt.keys()]
        .sort()
        .flatMap((field) => [...(lastAt.get(field) ?? [])].filter(([, at]) => at >= since).map(([fault]): FieldFault => ({ field, fault })))
    },
  }
}

const mostNamed = 8
const named = (faults: readonly FieldFault[]) => firstNames([...new Set(faults.map(({ field }) => field))], mostNamed)

/** The caution for a server's faults; null: it has none. */
export function faultCaution(faults: readonly FieldFault[]): ServerCaution | null {
  return faults.length === 0
    ? null
    : {
        kind: 'valuesWrong',
        wrong: named(faults.filter(({ fault }) => fault !== 'tooLong')),
        cut: named(faults.filter(({ fault }) => fault === 'tooLong')),
      }
}
