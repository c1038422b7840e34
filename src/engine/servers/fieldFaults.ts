import type { Clock } from '../../clock/clock.ts'
import type { ServerCaution } from '../../shared/cautions.ts'
import type { Fault, Judge } from './apiFields.ts'

/** What was wrong with the values of one field lately. */
export interface FieldFault {
  readonly field: string
  readonly fault: Fault
}

/** The faults that one server's answers had: one entry a field and fault, however often it comes. */
export interface FieldFaults extends Judge {
  /** Those of the last ten minutes, by field. */
  readonly recent: () => readonly FieldFault[]
}

/** A fault that came once is shown for this long: a poll lasts seconds, and somebody should be able to read it. */
const shownForMs = 600_000

export function createFieldFaults(clock: Clock): FieldFaults {
  const lastAt = new Map<string, Map<Fault, number>>()
  return {
    // Fields are those of our own tables: there can't be many.
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
function named(faults: readonly FieldFault[]) {
  const fields = [...new Set(faults.map(({ field }) => field))]
  return { names: fields.slice(0, mostNamed), more: Math.max(0, fields.length - mostNamed) }
}

/** What a server's faults are worth saying of it; null: it has none. */
export const faultCaution = (faults: readonly FieldFault[]): ServerCaution | null =>
  faults.length === 0
    ? null
    : {
        kind: 'valuesWrong',
        wrong: named(faults.filter(({ fault }) => fault !== 'tooLong')),
        cut: named(faults.filter(({ fault }) => fault === 'tooLong')),
      }
