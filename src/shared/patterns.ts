import { RE2JS, RE2JSSyntaxException } from 're2js'
import { z } from 'zod'
import { invalid, type ValidationError } from './validationErrors.ts'

const longestPattern = 500
/** Maximum number of steps (a letter is one) of a regular expression. Matching a name takes at most its length times this. */
const mostSteps = 600
/** Maximum sum of all repetition counts, such as 64 of `[a-z]{8,64}`: they multiply the steps. */
const mostRepeats = 100
/** Maximum total length of all regular expressions of a list of rules, in UTF-16 units: compiling them takes about 50 ms, at worst 0.3 s. */
export const mostExpressionLetters = 30_000
/** Number of compiled expressions cached, at most twice that, so that each is compiled only once for validation and use. */
const mostCompiled = 1_000
/** Number of results cached for all expressions together: some tens of MB at most. */
const mostResults = 500_000

/**
 * A name in which `*` matches any text, or `~` and a regular expression as in MediaMTX's own configuration, such as `~^cam\d+$`. It is evaluated by
 * RE2, which never backtracks, so the time is bounded for any name. Case-sensitive.
 */
export const patternSchema = z
  .string()
  .min(1, invalid({ kind: 'empty' }))
  .max(longestPattern, invalid({ kind: 'tooLong', most: longestPattern }))
  .superRefine((pattern, ctx) => {
    const validationError = pattern.startsWith('~') && pattern.length <= longestPattern ? validationErrorIn(pattern) : null
    if (validationError !== null) ctx.addIssue(invalid(validationError))
  })

/** Returns a predicate: whether a name matches one of the patterns. Throws for a pattern that `patternSchema` rejects. */
export function matcherOf(patterns: readonly string[]): (name: string) => boolean {
  const matchers = patterns.map(matcher)
  return (name) => matchers.some((matches) => matches(name))
}

function matcher(pattern: string): (name: string) => boolean {
  if (pattern.startsWith('~')) {
    const expression = compiled(pattern)
    return (name) => resultOf(pattern, name) ?? keepResult(pattern, name, expression.test(name))
  }
  const [first = '', ...rest] = pattern.split('*')
  const last = rest.pop()
  if (last === undefined) return (name) => name === pattern
  // Not as a regular expression: several `.*` take extremely long on a long name that almost matches.
  return (name) => {
    if (!name.startsWith(first)) return false
    let from = first.length
    for (const part of rest) {
      const found = name.indexOf(part, from)
      if (found < 0) return false
      from = found + part.length
    }
    return name.length - last.length >= from && name.endsWith(last)
  }
}

function validationErrorIn(pattern: string): ValidationError | null {
  // Checked before compiling, which takes a second for an expression that is too large.
  const repeats = [...pattern.matchAll(/\{(\d*),?(\d*)\}/g)].reduce((sum, [, least, most]) => sum + Math.max(Number(least), Number(most)), 0)
  if (repeats > mostRepeats) return { kind: 'patternTooLarge', text: pattern }
  try {
    return compiled(pattern).programSize() > mostSteps ? { kind: 'patternTooLarge', text: pattern } : null
  } catch (error) {
    if (!(error instanceof RE2JSSyntaxException)) throw error
    const part = error.getPattern() ?? ''
    if (/^(\(\?<?[=!]|\\[1-9k])/.test(part)) return { kind: 'patternUnsupported', text: pattern }
    return { kind: 'notAPattern', text: pattern }
  }
}

/** Whether all regular expressions in lists within this value, at any depth, exceed the total length. Duplicates count once. Call before compiling. */
export function areExpressionsTooLong(value: unknown): boolean {
  const expressions = new Set<string>()
  const open: unknown[] = [value]
  while (open.length > 0) {
    const one = open.pop()
    if (typeof one !== 'object' || one === null) continue
    for (const part of Object.values(one)) {
      if (typeof part === 'string' && Array.isArray(one) && part.startsWith('~')) expressions.add(part)
      else open.push(part)
    }
  }
  let letters = 0
  for (const { length } of expressions) letters += length
  return letters > mostExpressionLetters
}

/** Cache by pattern. When it is full, entries not used since it was last full are dropped. */
let expressions = new Map<string, RE2JS>()
let olderExpressions: typeof expressions = new Map()

/** Throws if the pattern has no valid regular expression after its `~`. */
function compiled(pattern: string): RE2JS {
  const known = expressions.get(pattern)
  if (known !== undefined) return known
  const expression = olderExpressions.get(pattern) ?? RE2JS.compile(pattern.slice(1))
  if (expressions.size >= mostCompiled) {
    olderExpressions = expressions
    expressions = new Map()
  }
  expressions.set(pattern, expression)
  return expression
}

/** Cache of results by expression and name. When it is full, entries not used since it was last full are dropped. */
let results = new Map<string, Map<string, boolean>>()
let olderResults: typeof results = new Map()
let count = 0

function resultOf(pattern: string, name: string): boolean | undefined {
  const result = results.get(pattern)?.get(name)
  if (result !== undefined) return result
  const older = olderResults.get(pattern)?.get(name)
  return older === undefined ? undefined : keepResult(pattern, name, older)
}

function keepResult(pattern: string, name: string, result: boolean): boolean {
  if (count >= mostResults) {
    olderResults = results
    results = new Map()
    count = 0
  }
  const ofPattern = results.get(pattern) ?? new Map<string, boolean>()
  results.set(pattern, ofPattern.set(name, result))
  count++
  return result
}
