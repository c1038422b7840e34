import type { DailyCounts, DailyFault, DailySkip } from '../../dailyChecks.ts'
import type { ContractItem } from '../../probeContracts.ts'
import type { Texts } from '../texts.ts'

/** What reports of the daily check say, in one language. Moments are epoch ms. */
export interface DailyWords {
  /** The others are put together by `dailyFaultText`. */
  readonly faults: Texts<Exclude<DailyFault, { readonly kind: 'noPicture' | 'contract' | 'grade' }>>
  readonly skips: Texts<Exclude<DailySkip, { readonly kind: 'noTools' }>>
  /** Something differs from what was agreed. */
  readonly differs: (what: string) => string
  readonly items: Readonly<Record<ContractItem, string>>
  readonly nothing: string
  /** Title of a report, by how its day is written. */
  readonly title: (day: string, counts: DailyCounts) => string
  readonly missed: (day: string) => string
  readonly stopped: string
  readonly missedText: string
  readonly summed: (counts: DailyCounts) => string
  /** Before a camera in a message. */
  readonly newFault: string
  readonly stillFault: (since: number) => string
  readonly mended: (cameras: string) => string
  readonly gone: (cameras: string) => string
  readonly new: (cameras: string) => string
}
