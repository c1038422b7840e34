import type { Clock } from '../../clock/clock.ts'
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
function named(faults: readonly FieldFault[]): string {
  const fields = [...new Set(faults.map(({ field }) => field))]
  return `${fields.slice(0, mostNamed).join(', ')}${fields.length > mostNamed ? ` and ${fields.length - mostNamed} more` : ''}`
}

/** Puts faults into words for people, or null where there are none. */
export function faultWords(faults: readonly FieldFault[]): string | null {
  const cut = faults.filter(({ fault }) => fault === 'tooLong')
  const wrong = faults.filter(({ fault }) => fault !== 'tooLong')
  const sentences: string[] = []
  if (wrong.length > 0) sentences.push(`This server sends values that cannot be right, which are shown as unknown: ${named(wrong)}.`)
  if (cut.length > 0) sentences.push(`It sends more than any media server has, which is cut: ${named(cut)}.`)
  return sentences.length === 0 ? null : sentences.join(' ')
}
