import type { TimeZoneChoice } from '../../shared/units.ts'

/** As named in the address. */
export const periods = ['day', 'week', 'days30', 'month', 'lastMonth'] as const
export type Period = (typeof periods)[number]

const dayMs = 86_400_000
const minuteMs = 60_000
export const lastMs = { day: dayMs, week: 7 * dayMs, days30: 30 * dayMs } as const

/** The last days up to the full minute, or a month of the calendar in this zone, as far as it is over. */
export function spanOf(period: Period, at: number, zone: TimeZoneChoice): { readonly from: number; readonly to: number } {
  const to = Math.floor(at / minuteMs) * minuteMs
  if (period === 'month') return { from: monthBegin(at, 0, zone), to }
  if (period === 'lastMonth') return { from: monthBegin(at, -1, zone), to: monthBegin(at, 0, zone) }
  return { from: to - lastMs[period], to }
}

function monthBegin(at: number, offset: number, zone: TimeZoneChoice): number {
  const day = new Date(at)
  return zone === 'utc' ? Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + offset, 1) : new Date(day.getFullYear(), day.getMonth() + offset, 1).getTime()
}
