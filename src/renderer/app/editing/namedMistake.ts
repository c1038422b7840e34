import type { Mistake } from '../../../shared/mistakes.ts'

/** A mistake in which the keys of the configuration file that it names are called otherwise. Secrets have one key, and one field. */
export function namedMistake(mistake: Mistake, nameOf: (key: string) => string): Mistake {
  switch (mistake.kind) {
    case 'missing':
      return { kind: 'missing', key: nameOf(mistake.key) }
    // A form has one field for all of them, and it is this one.
    case 'noneGiven':
      return { kind: 'empty' }
    default:
      return mistake
  }
}
