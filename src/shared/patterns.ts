import { z } from 'zod'
import { mistaken } from './mistakes.ts'

/** Maximum length of a pattern, in UTF-16 units. */
const longestPattern = 500

/**
 * A name in which `*` stands for any text, or after `~` a regular expression as in MediaMTX's own configuration, such as `~^cam\d+$`.
 * Upper and lower case differ.
 */
export const patternSchema = z
  .string()
  .min(1, mistaken({ kind: 'empty', what: 'pattern' }))
  .max(longestPattern, mistaken({ kind: 'tooLong', what: 'pattern', most: longestPattern }))
  .superRefine((pattern, ctx) => {
    try {
      matcher(pattern)
    } catch {
      ctx.addIssue(mistaken({ kind: 'notAPattern', text: pattern }))
    }
  })

/** Whether a name matches one of the patterns. Throws for a pattern that `patternSchema` refuses. */
export function matcherOf(patterns: readonly string[]): (name: string) => boolean {
  const matchers = patterns.map(matcher)
  return (name) => matchers.some((matches) => matches(name))
}

function matcher(pattern: string): (name: string) => boolean {
  if (pattern.startsWith('~')) {
    const expression = new RegExp(pattern.slice(1), 'u')
    return (name) => expression.test(name)
  }
  const [first = '', ...rest] = pattern.split('*')
  const last = rest.pop()
  if (last === undefined) return (name) => name === pattern
  // Not as a regular expression: several `.*` take for ever on a long name that almost matches.
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
