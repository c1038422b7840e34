import type { ContentFault, FilePart } from '../../fileFaults.ts'
import type { Texts } from '../texts.ts'

type Of<K extends ContentFault['kind'], Field extends string> =
  Extract<ContentFault, { kind: K }> extends Readonly<Record<Field, infer Value extends string>> ? Value : never
/** What a file of the history may hold. */
export type HeldKind = Of<'otherPeriod', 'of'>

/** What is wrong with a file, as the end of a sentence without a full stop: it stands in brackets or behind a colon. */
export interface FileFaultWords {
  readonly faults: Texts<ContentFault>
  readonly held: Readonly<Record<HeldKind, string>>
  /** Each is followed by its number. */
  readonly parts: Readonly<Record<FilePart, string>>
  /** Stands behind a part and its number. */
  readonly ofSeal: (seal: number) => string
  /** Between several faults. */
  readonly between: string
}
