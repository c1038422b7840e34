import type { ConsoleTrouble } from '../../shared/consoleTroubles.ts'
import { consoleTroubleText } from '../../shared/words/consoleTroubleText.ts'

/** Why the console's files cannot be used: the kind is what code decides on. */
export interface StorageError<Kind extends string = string> {
  readonly kind: Kind
  readonly trouble: ConsoleTrouble
  /** The trouble in English, for the log. */
  readonly words: string
}

export function storageError<Kind extends string>(kind: Kind, trouble: ConsoleTrouble): StorageError<Kind> {
  return {
    kind,
    trouble,
    words: consoleTroubleText(trouble, 'en'),
  }
}
