import { type TimeZoneChoice, zoneOf } from '../../shared/units.ts'
import { withoutMoment } from '../app/moment.ts'
import { readTypedMoment } from '../app/typedMoment.ts'

/**
 * The time range of a page's charts. It is stored in the URL, so that a pasted link shows the same.
 *
 * - last: the most recent period; its right edge moves with now.
 * - since: from a fixed moment (a little before a trouble began) to now; its right edge moves.
 * - between: fixed on both ends.
 */
export type TimeRange =
  | { readonly kind: 'last'; readonly id: LastId }
  | { readonly kind: 'since'; readonly from: number }
  | { readonly kind: 'between'; readonly from: number; readonly to: number }

export const lastSpans = {
  '15m': 900_000,
  '1h': 3_600_000,
  '6h': 21_600_000,
  '24h': 86_400_000,
  '7d': 604_800_000,
  '30d': 2_592_000_000,
  '90d': 7_776_000_000,
} as const
type LastId = keyof typeof lastSpans
export const lastIds = Object.keys(lastSpans) as readonly LastId[]

export const usualRange: TimeRange = { kind: 'last', id: '1h' }

/** Below it there are hardly any samples. */
export const shortestSpanMs = 10_000

const isLastId = (text: string | null): text is LastId => text !== null && Object.hasOwn(lastSpans, text)
function moment(text: string | null): number | null {
  if (text === null || !/^\d{1,15}$/.test(text)) return null
  return Number(text)
}

/** null: none chosen. Unreadable values are ignored, so that a broken link still shows a chart. */
export function readTimeRange(params: URLSearchParams): TimeRange | null {
  const from = moment(params.get('from'))
  const to = moment(params.get('to'))
  if (from !== null && to !== null && to - from >= shortestSpanMs) return { kind: 'between', from, to }
  if (from !== null && to === null) return { kind: 'since', from }
  const id = params.get('range')
  return isLastId(id) ? { kind: 'last', id } : null
}

export function writeTimeRange(params: URLSearchParams, range: TimeRange | null): URLSearchParams {
  const next = withoutMoment(params)
  for (const name of ['range', 'from', 'to']) next.delete(name)
  if (range?.kind === 'last') next.set('range', range.id)
  else if (range !== null) {
    next.set('from', String(Math.round(range.from)))
    if (range.kind === 'between') next.set('to', String(Math.round(range.to)))
  }
  return next
}

/** Epoch ms. `live`: its right edge is now. */
export interface TimeWindow {
  readonly from: number
  readonly to: number
  readonly live: boolean
}

export function windowOf(range: TimeRange, now: number): TimeWindow {
  switch (range.kind) {
    case 'last':
      return { from: now - lastSpans[range.id], to: now, live: true }
    case 'since':
      return { from: Math.min(range.from, now - shortestSpanMs), to: now, live: true }
    case 'between':
      return { from: range.from, to: range.to, live: false }
    default:
      return range satisfies never
  }
}

/** Between two shares (0…1) of the width; null if too short to be intended. */
export function zoomOf(window: TimeWindow, startShare: number, endShare: number): TimeRange | null {
  const low = Math.max(0, Math.min(startShare, endShare))
  const high = Math.min(1, Math.max(startShare, endShare))
  if (high - low < 0.01) return null
  const span = window.to - window.from
  const from = window.from + low * span
  const to = window.from + high * span
  return to - from >= shortestSpanMs ? { kind: 'between', from: Math.round(from), to: Math.round(to) } : null
}

/** null: unreadable. */
export function readMoment(text: string, zone: TimeZoneChoice): number | null {
  if (!/^\s*\d{4}-\S+[ T]+\d/.test(text)) return null
  return readTypedMoment(text, zoneOf(zone), 0)
}
