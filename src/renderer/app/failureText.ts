import { refusalIn, thrownRefusalText } from '../../i18n/refusalText.ts'
import { messageOf } from '../../shared/result.ts'
import type { ValidationError } from '../../shared/validationErrors.ts'
import { namedValidationError, type Wrong } from './editing/fields.ts'
import { language } from './words.ts'

/** Our own sentence for a refusal, the error's message otherwise. */
export function failureText(thrown: unknown): string {
  return thrownRefusalText(thrown, language) ?? messageOf(thrown)
}

/** null: it failed otherwise, or a mistake is of no field. */
export function validationErrorsByField(thrown: unknown, fieldOf: (key: string) => string | null): Wrong | null {
  const refusal = refusalIn(thrown)
  if (refusal?.kind !== 'notAccepted') return null
  const found: Record<string, { readonly validationError: ValidationError }> = {}
  for (const { field: key, validationError } of refusal.validationErrors) {
    const field = fieldOf(key)
    if (field === null) return null
    const own = key.split('.').at(-1)
    found[field] ??= { validationError: namedValidationError(validationError, (named) => (named === own ? field : (fieldOf(named) ?? named))) }
  }
  return found
}
