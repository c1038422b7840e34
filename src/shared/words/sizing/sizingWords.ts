import type { Sizing, SizingGrowth, SizingLoad, SizingWhy } from '../../sizing.ts'
import type { Texts } from '../texts.ts'

/** Explanations of a host's sizing in one language. Figures are passed as formatted text. */
export interface SizingWords {
  readonly why: Texts<SizingWhy>
  /** One unit of load: "stream". */
  readonly each: Readonly<Record<SizingLoad, string>>
  readonly readers: (count: string) => string
  /** Follows the formula: the load of a typical stream. */
  readonly usual: (load: string) => string
  readonly cost: (parts: { readonly line: string; readonly moments: string; readonly explains: string; readonly perStream: string }) => string
  /** Precedes the formula. */
  readonly costOf: Readonly<Record<NonNullable<Sizing['perStream']>['costs'][number]['what'], string>>
  readonly now: (value: string) => string
  readonly nowOf: (value: string, total: string) => string
  readonly limit: (percent: string) => string
  readonly growth: Texts<SizingGrowth>
  readonly oneStream: (cost: string) => string
  readonly disk: (used: string, size: string) => string
}
