import { err, ok, type Result } from '../../../shared/result.ts'
import type { FormField, Wrong } from './fields.ts'

/** Why somebody does what cannot be taken back: kept with what was done. */
interface ReasonEntry {
  readonly reason: string
}
export const noReason: ReasonEntry = { reason: '' }

/** Its field, under the words of the dialog. */
export function reasonFields(words: Pick<FormField<ReasonEntry>, 'label' | 'help'>): readonly FormField<ReasonEntry>[] {
  return [{ id: 'reason', kind: 'text', ...words, input: { maxLength: 200 } }]
}

export function readReason({ reason }: ReasonEntry): Result<string, Wrong> {
  const given = reason.trim()
  return given === '' ? err({ reason: { validationError: { kind: 'empty' } } }) : ok(given)
}
