import type { RangeInput, SeriesColumns } from '../../shared/history.ts'
import type { Series } from '../../shared/subjects.ts'
import { sumKnown } from '../../shared/sumKnown.ts'

/** What the newest sample of a series said at a moment: of one bucket that ends with it; null: not known then. */
const valueAt = ({ last, gaps }: SeriesColumns, moment: number): number | null => ((gaps.at(-1)?.[1] ?? 0) > moment ? null : (last?.[0] ?? null))

/**
 * What some series were at a moment of the past, exactly as polled and whatever a chart is reduced to; several of them added up.
 * null: samples of then are not kept any more.
 */
export async function readValuesAt(
  wanted: readonly (readonly Series[])[],
  moment: number,
  reachMs: number,
  ask: (input: Pick<RangeInput, 'from' | 'to' | 'points' | 'tier' | 'totals'> & { readonly series: Series[] }) => Promise<readonly SeriesColumns[]>,
): Promise<readonly (number | null)[] | null> {
  const answers = await ask({ series: wanted.flat(), from: moment - reachMs, to: moment + 1, points: 1, tier: 'samples', totals: true })
  if (answers.some(({ tier }) => tier !== 'samples')) return null
  let place = 0
  return wanted.map((series) => sumKnown(series.map(() => answers[place++]).map((columns) => (columns === undefined ? null : valueAt(columns, moment)))))
}
