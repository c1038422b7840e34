import type { Sizing, SizingGrowth, SizingLoad, SizingWhy } from '../../sizing.ts'
import type { Texts } from '../texts.ts'

/** How the sizing of a host is explained in one language; figures come written. */
export interface SizingWords {
  readonly why: Texts<SizingWhy>
  /** One of what load is counted in: "stream". */
  readonly each: Readonly<Record<SizingLoad, string>>
  readonly readers: (count: string) => string
  /** Behind the formula: what a usual stream has of the load. */
  readonly usual: (load: string) => string
  readonly cost: (parts: { readonly line: string; readonly moments: string; readonly explains: string; readonly perStream: string }) => string
  /** In front of the formula. */
  readonly costOf: Readonly<Record<NonNullable<Sizing['perStream']>['costs'][number]['what'], string>>
  readonly now: (value: string) => string
  readonly nowOf: (value: string, total: string) => string
  readonly limit: (percent: string) => string
  readonly growth: Texts<SizingGrowth>
  readonly oneStream: (cost: string) => string
  readonly disk: (used: string, size: string) => string
}
