/** One measured figure. `goal` is as written in the words, e.g. `<= 12`; null where there is none. */
export interface Figure {
  readonly figure: string
  readonly value: number
  readonly unit: string
  readonly goal: string | null
  /** What the prototype before the store was built had, on the same kind of machine; null or left out: there was none. */
  readonly prototype?: string | null
  /** Physical or structural bound and its cause, where known. */
  readonly limit: string | null
  readonly note: string | null
}

/** What a bench module exports as `bench`: measures, and hands each figure over as soon as it is there. */
export type Bench = (report: (figure: Figure) => void, options: { readonly quick: boolean }) => Promise<void>

/** Whether a figure meets its goal; null where it has none. */
export function meetsGoal({ goal, value }: Figure): boolean | null {
  if (goal === null) return null
  const match = /^(<=|>=)\s*([\d.]+)$/.exec(goal)
  if (!match) throw new Error(`a goal that cannot be read: ${goal}`)
  return match[1] === '<=' ? value <= Number(match[2]) : value >= Number(match[2])
}

/** The p-th percentile (0 to 100) by nearest rank. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil((p / 100) * sorted.length) - 1))] ?? Number.NaN
}

/** Two to three significant digits: more would pretend to a precision that a shared machine has not. */
export const rounded = (value: number): number => Number(value.toPrecision(3))
