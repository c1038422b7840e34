import type { SnapshotFacts } from '../../shared/snapshots.ts'
import { roundStepMs } from './ticks.ts'

export const thumbPx = { width: 96, height: 54 } as const
const airPx = 2
/** What is seen of a picture beside the newest: a target of WCAG 2.2 (2.5.8). */
const leastPx = 24

/** Equal slots with room for one picture each, counted from the epoch so that they don't change while time passes. null: no room. */
export function slotsOf({ from, to }: { readonly from: number; readonly to: number }, px: number) {
  const fit = Math.floor(px / (thumbPx.width + airPx))
  if (fit < 1 || !(to > from)) return null
  const stepMs = roundStepMs((to - from) / fit)
  const first = Math.floor(from / stepMs) * stepMs
  const count = Math.floor((to - first) / stepMs) + 1
  return { from: first, to: first + count * stepMs - 1, stepMs, count }
}

/** `x`: its time, px. The first of each slot, of the last slot the newest, which covers the one before while its slot begins. */
export function thumbsOf(
  snapshots: readonly SnapshotFacts[],
  { stepMs }: { readonly stepMs: number },
  { from, to }: { readonly from: number; readonly to: number },
  px: number,
) {
  const xOf = (at: number) => ((at - from) / (to - from)) * px
  const firsts = new Map<number, number>()
  const shown = snapshots.filter(({ at }) => at <= to)
  for (const { at } of shown) {
    const slot = Math.floor(at / stepMs)
    if (!firsts.has(slot) || at === shown.at(-1)?.at) firsts.set(slot, at)
  }
  const thumbs = [...firsts].flatMap(([slot, at]) => {
    const lastLeft = Math.min(xOf((slot + 1) * stepMs), px) - thumbPx.width
    const left = Math.max(Math.min(xOf(at), lastLeft), Math.min(xOf(slot * stepMs), lastLeft))
    return left + thumbPx.width > 0 ? [{ at, x: Math.round(xOf(at)), left: Math.round(left) }] : []
  })
  const newest = thumbs.at(-1)
  return newest === undefined ? [] : thumbs.filter((thumb) => thumb === newest || newest.left - thumb.left >= leastPx)
}
