import type { Trouble } from '../../shared/troubles.ts'

/** Whether anybody has a trouble. `away`: its alarm is shelved, suppressed or out of service, so that nobody need act on it now. */
export type Standing = 'loud' | 'taken' | 'away'

/** What the box shows: first what nobody has, then what somebody has, each worst first as it came, and without what is put away. */
export function penaltyOrder(
  troubles: readonly Trouble[],
  standingOf: (trouble: Trouble) => Standing,
): { readonly list: readonly Trouble[]; readonly away: number } {
  const of: Record<Standing, Trouble[]> = { loud: [], taken: [], away: [] }
  for (const trouble of troubles) of[standingOf(trouble)].push(trouble)
  return { list: [...of.loud, ...of.taken], away: of.away.length }
}
