import type { PlanSource } from '../../planner.ts'

/** The planner's explanations in one language. Figures are passed as formatted text. */
export interface PlanWords {
  readonly mbit: string
  readonly megabyte: string
  readonly gigabyte: string
  readonly range: (from: string, to: string) => string
  readonly and: string
  readonly streams: (count: number) => string
  readonly readers: (count: number) => string
  readonly guideFor: (streams: string) => string
  readonly received: (traffic: string) => string
  readonly sent: (traffic: string) => string
  readonly leastOne: string
  /** `others`: for machines that do not encode, beside those that do. */
  readonly system: (memory: string, others: boolean) => string
  /** One second of data at a bit rate. */
  readonly second: (bitrate: string) => string
  readonly link: (fullest: string, share: string, link: string) => string
  readonly encoding: (guide: string) => string
  readonly notEncoded: string
  /** `encoded`: null if nothing is encoded. */
  readonly machines: (traffic: string, cores: string, encoded: string | null) => string
  readonly sources: Readonly<Record<PlanSource, string>>
}
