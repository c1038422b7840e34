import { formatSpan } from '../../shared/units.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

/** An age as it fits on a wall, in one unit and never more than it is: 41 s, 18 min, 3.2 h, 4.5 d. */
export function shortAge(ms: number): string {
  const size = ms < minuteMs ? 1_000 : ms < hourMs ? minuteMs : ms < 2 * dayMs ? hourMs / 10 : dayMs / 10
  return formatSpan(Math.max(0, Math.floor(ms / size) * size))
}
