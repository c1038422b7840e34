import type { ValidationError } from '../../../shared/validationErrors.ts'

/** A mistake in which the keys of the configuration file that it names are called otherwise. Secrets have one key, and one field. */
export function namedValidationError(validationError: ValidationError, nameOf: (key: string) => string): ValidationError {
  switch (validationError.kind) {
    case 'missing':
      return { kind: 'missing', key: nameOf(validationError.key) }
    // A form has one field for all of them, and it is this one.
    case 'noneGiven':
      return { kind: 'empty' }
    default:
      return validationError
  }
}
