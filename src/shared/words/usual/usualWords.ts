import type { Forgotten, WeekHour } from '../../usual.ts'

/** What is usual for a stream by weekday and hour. */
export interface UsualWords {
  /** The hour of the week, as part of a sentence. */
  readonly on: (hour: WeekHour) => string
  readonly usually: (figures: string, on: string, weeks: number) => string
  readonly notKnown: (on: string, weeks: number, needed: number) => string
  /** What was before that moment does not count. */
  readonly forgotten: (forgotten: Forgotten) => string
}
