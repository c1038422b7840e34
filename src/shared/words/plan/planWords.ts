import type { PlanSource } from '../../planner.ts'

/** How the planner explains its figures in one language; figures come written. */
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
  /** `others`: of those beside the machines that encode. */
  readonly system: (memory: string, others: boolean) => string
  /** A second's worth of a bit rate. */
  readonly second: (bitrate: string) => string
  readonly link: (fullest: string, share: string, link: string) => string
  readonly encoding: (guide: string) => string
  readonly notEncoded: string
  /** `encoded`: null where nothing is. */
  readonly machines: (traffic: string, cores: string, encoded: string | null) => string
  readonly sources: Readonly<Record<PlanSource, string>>
}
