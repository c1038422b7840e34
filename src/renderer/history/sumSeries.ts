import { type Tier, tiers } from '../../shared/history.ts'
import { commonGaps, type DrawnSeries, emptySeries, type Gap, shownGaps, type TailColumns } from './joinSeries.ts'

/**
 * Several series added up. Samples of different servers never come at the same moment, so they meet in slots of `slotMs`, in
 * which each that was watched has at least one. What is known is added: a gap is where none of them is.
 */
export const sumSeries = (parts: readonly DrawnSeries[], window: { readonly from: number; readonly to: number }, slotMs: number): DrawnSeries => {
  const [only] = parts
  if (only === undefined) return emptySeries
  if (parts.length === 1) return only
  const slots = new Map<number, { min: number; mean: number; max: number; known: number }>()
  for (const part of parts) {
    const own = new Map<number, { min: number; sum: number; max: number; count: number }>()
    part.at.forEach((at, index) => {
      const slot = Math.floor(at / slotMs)
      const min = part.min[index] ?? 0
      const max = part.max[index] ?? 0
      const before = own.get(slot)
      if (before) {
        before.min = Math.min(before.min, min)
        before.max = Math.max(before.max, max)
        before.sum += part.mean[index] ?? 0
        before.count++
      } else own.set(slot, { min, max, sum: part.mean[index] ?? 0, count: 1 })
    })
    for (const [slot, { min, sum, max, count }] of own) {
      const all = slots.get(slot)
      if (all) {
        all.min += min
        all.mean += sum / count
        all.max += max
        all.known++
      } else slots.set(slot, { min, mean: sum / count, max, known: 1 })
    }
  }
  const order = [...slots.keys()].sort((a, b) => a - b)
  const column = (read: (slot: { min: number; mean: number; max: number }) => number) =>
    order.map((slot) => read(slots.get(slot) ?? { min: 0, mean: 0, max: 0 }))
  const tier = parts.reduce<Tier>((coarsest, part) => (tiers.indexOf(part.tier) > tiers.indexOf(coarsest) ? part.tier : coarsest), 'samples')
  const gaps: readonly Gap[] = commonGaps(parts.map((part) => shownGaps(part, window, slotMs, slotMs)))
  return {
    at: order.map((slot) => slot * slotMs),
    min: column(({ min }) => min),
    mean: column(({ mean }) => mean),
    max: column(({ max }) => max),
    count: order.map(() => 0),
    gaps,
    tier,
  }
}

/** The newest values of several series added up, as one sample; without any where none is known. */
export const sumRecent = (parts: readonly TailColumns[]): TailColumns => {
  if (parts.length === 1 && parts[0]) return parts[0]
  let at = 0
  let sum: number | null = null
  for (const part of parts) {
    const last = part.values.findLast((value) => value !== null) ?? null
    at = Math.max(at, part.at.at(-1) ?? 0)
    if (last !== null) sum = (sum ?? 0) + last
  }
  return at === 0 ? { at: [], values: [] } : { at: [at], values: [sum] }
}
