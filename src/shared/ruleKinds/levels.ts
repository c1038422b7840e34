import { type Severity, severityRank } from '../severities.ts'
import type { RuleLevel, RuleProblem } from './ruleKind.ts'

// Limits as they are written: one, or several with a severity each.

/** `beyond`: its distance from 0 is above the limit, as with a clock that is ahead or behind. */
export const limitSides = ['above', 'below', 'beyond'] as const
export type LimitSide = (typeof limitSides)[number]

interface WrittenLevel {
  readonly severity: Severity
  readonly clear?: number | undefined
}
export interface LevelKeys {
  readonly severity?: Severity | undefined
  /** Left out: the same as the limit. */
  readonly clear?: number | undefined
  readonly levels?: readonly WrittenLevel[] | undefined
}
/** Keys of which one gives a limit: `above`, `below` … */
type Amounts<Key extends string> = { readonly [K in Key]?: number | string | undefined }

export const levelKeys = ['clear', 'levels'] as const satisfies readonly (keyof LevelKeys)[]

const keyIn = <Key extends string>(entry: object, keys: readonly Key[]): Key | null => keys.find((key) => (entry as Amounts<Key>)[key] !== undefined) ?? null

/** The levels by what is written; null: nothing of limits is. A single limit has the severity that is given, else the worst that the rule had. */
export function levelsWritten<Key extends string>(
  entry: Amounts<Key> & LevelKeys,
  keys: readonly Key[],
  before: readonly RuleLevel[],
): { readonly key: Key; readonly amount: number | string; readonly levels: readonly RuleLevel[] } | null {
  const single: WrittenLevel = { ...entry, severity: entry.severity ?? before.at(-1)?.severity ?? 'minor' }
  const several = entry.levels ?? [single]
  const key = keyIn(several[0] ?? {}, keys)
  if (key === null) return null
  const amountOf = (level: WrittenLevel) => (level as Amounts<Key>)[key] ?? 0
  const levels = several.map((level) => {
    const limit = numberOf(amountOf(level))
    return { severity: level.severity, limit, clear: level.clear ?? limit }
  })
  const outwards = key === 'below' ? -1 : 1
  return { key, amount: amountOf(several[0] as WrittenLevel), levels: levels.sort((a, b) => (a.limit - b.limit) * outwards) }
}

/** A limit, without the sign of a percentage. */
export function numberOf(amount: number | string): number {
  return typeof amount === 'number' ? amount : Number.parseFloat(amount)
}

/** All levels with another severity. */
export function withSeverity(levels: readonly RuleLevel[], severity: Severity | undefined): readonly RuleLevel[] {
  return severity === undefined ? levels : levels.map((level) => ({ ...level, severity }))
}

/** What contradicts itself in limits. `isMissing`: one has to be given. */
export function levelProblems<Key extends string>(entry: Amounts<Key> & LevelKeys, keys: readonly Key[], isMissing: boolean): readonly RuleProblem[] {
  const { levels } = entry
  if (levels === undefined) return limitProblems(entry, keys, isMissing)
  const beside = [...keys, 'clear', 'severity'].find((key) => (entry as Readonly<Record<string, unknown>>)[key] !== undefined)
  if (beside !== undefined) return [{ path: [beside], validationError: { kind: 'givenBeside', other: 'levels', oneOf: [beside, 'levels'] } }]
  const key = keyIn(levels[0] ?? {}, keys)
  return levels.flatMap((level, place) => {
    const at = (problems: readonly RuleProblem[]) => problems.map(({ path, validationError }) => ({ path: ['levels', place, ...path], validationError }))
    const own = limitProblems(level as Amounts<Key> & LevelKeys, keys, true)
    if (own.length > 0) return at(own)
    const ownKey = keyIn(level, keys)
    if (key !== null && ownKey !== key) return at([{ path: [ownKey ?? key], validationError: { kind: 'givenBeside', other: key, oneOf: [key] } }])
    const isOutOfOrder = levels.slice(0, place).some((other) => key !== null && !isInOrder(other, level, key))
    return isOutOfOrder ? at([{ path: ['severity'], validationError: { kind: 'levelsOutOfOrder' } }]) : []
  })
}

/** Whether a worse one is farther out. */
function isInOrder<Key extends string>(a: WrittenLevel, b: WrittenLevel, key: Key): boolean {
  const [limitA, limitB] = [a, b].map((level) => numberOf((level as Amounts<Key>)[key] ?? 0)) as [number, number]
  const worse = severityRank[a.severity] - severityRank[b.severity]
  return limitA !== limitB && (worse === 0 || worse > 0 === (key === 'below' ? limitB < limitA : limitB > limitA))
}

function limitProblems<Key extends string>(entry: Amounts<Key> & LevelKeys, keys: readonly Key[], isMissing: boolean): readonly RuleProblem[] {
  const [key, second] = keys.filter((one) => entry[one] !== undefined)
  const problems: RuleProblem[] = []
  if (isMissing && key === undefined) problems.push({ path: [], validationError: { kind: 'noneGiven', oneOf: [...keys] } })
  if (second !== undefined) problems.push({ path: [second], validationError: { kind: 'givenBeside', other: String(key), oneOf: [...keys] } })
  if (entry.clear === undefined) return problems
  if (key === undefined) return isMissing ? problems : [...problems, { path: ['clear'], validationError: { kind: 'noneGiven', oneOf: [...keys] } }]
  const limit = numberOf(entry[key] as number | string)
  const isWrong = key === 'below' ? entry.clear < limit : entry.clear > limit
  const side: LimitSide = key === 'below' || key === 'beyond' ? (key as LimitSide) : 'above'
  return isWrong ? [...problems, { path: ['clear'], validationError: { kind: 'clearOnWrongSide', side, limit } }] : problems
}
