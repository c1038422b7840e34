import type { Severity } from '../../shared/troubles.ts'
import { usualLimits } from '../../shared/usual.ts'
import type { DrawnLimits } from '../app/figureChart.ts'
import type { UsualPoint } from './laneDrawing.ts'

/** A limit as a line. */
export interface LimitLine {
  /** `raise`: an alarm begins beyond it; `clear`: it has healed on the other side of it. */
  readonly kind: 'raise' | 'clear'
  /** Of the level; of `clear` lines the same. */
  readonly severity: Severity
  /** As the level has it: a value, or a factor of the spread of what is usual. */
  readonly limit: number
  /** On which side of it the alarm is. */
  readonly side: 'above' | 'below'
  /** One point without a time: the same all the time. Else from each moment on; null: not known. */
  readonly points: readonly { readonly at: number | null; readonly value: number | null }[]
}

/** Lines of limits: of what is usual in steps by the hour, as `usual` has them. A level that heals where it is raised has one line. */
export function limitLines({ of, side, levels }: DrawnLimits, usual: readonly UsualPoint[]): readonly LimitLine[] {
  const sides = side === 'beyond' ? (['above', 'below'] as const) : [side]
  return levels.flatMap(({ severity, limit, clear }) =>
    sides.flatMap((one): readonly LimitLine[] => {
      // What is usual is drawn as a band, in which it has healed.
      if (of === 'usual') return [{ kind: 'raise', severity, limit, side: one, points: usualSteps(usual, one, limit) }]
      const sign = side === 'beyond' && one === 'below' ? -1 : 1
      const lineAt = (kind: LimitLine['kind'], value: number): LimitLine => ({
        kind,
        severity,
        limit: value,
        side: one,
        points: [{ at: null, value: sign * value }],
      })
      return [lineAt('raise', limit), ...(clear === null || clear === limit ? [] : [lineAt('clear', clear)])]
    }),
  )
}

const usualSteps = (usual: readonly UsualPoint[], side: LimitLine['side'], factor: number): LimitLine['points'] =>
  usual.map(({ at, band }) => ({ at, value: band === null ? null : usualLimits({ low: band[0], high: band[1] }, factor)[side] }))

/** The value of a line that is the same all the time; null: it changes, or is not known. */
export const valueOfLine = ({ points: [first] }: LimitLine): number | null => (first?.at === null ? first.value : null)

/** Letters of a label are so high, px. */
export const labelPx = 12

/**
 * Where labels of lines stand, px from the top, in the order of `lines`: beside their line on the side where the alarm is (`clear`: on the other one),
 * moved off one another, and within the plot. Their lines may be anywhere.
 */
export function labelPlaces(lines: readonly { readonly y: number; readonly isAbove: boolean }[], heightPx: number): readonly number[] {
  const beside = labelPx / 2 + 1
  const wanted = lines
    .map(({ y, isAbove }, index) => ({ index, line: y, y: isAbove ? y - beside : y + beside }))
    // In the order of the lines, whatever pushes them.
    .sort((a, b) => a.line - b.line || a.y - b.y)
  const places: number[] = []
  let next = labelPx / 2
  for (const { index, y } of wanted) {
    places[index] = Math.max(y, next)
    next = (places[index] as number) + labelPx
  }
  // Those at the bottom push the others up.
  let last = heightPx - labelPx / 2
  for (const { index } of wanted.toReversed()) {
    places[index] = Math.min(places[index] as number, last)
    last = (places[index] as number) - labelPx
  }
  return places
}
