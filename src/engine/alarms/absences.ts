import { matcherOf } from '../../shared/patterns.ts'
import type { Reason } from '../../shared/reasons.ts'
import { streamStateCodes } from '../../shared/streams.ts'
import { ownerIdOf, serverSubject, streamSubject } from '../../shared/subjectNames.ts'
import { type Finder, type Finding, ruleFields } from './findings.ts'
import type { RuleSet } from './ruleSet.ts'

/** Whether a pattern is the plain name of a stream. */
const isName = (pattern: string): boolean => !pattern.includes('*') && !pattern.startsWith('~')

/** A pattern that some stream must match. */
interface WantedPattern {
  readonly pattern: string
  readonly matches: (path: string) => boolean
}
/** The patterns of one rule without a matching live stream on one server. */
interface MissingPatterns {
  /** Since when, by pattern. */
  readonly since: Map<string, number>
  seenAt: number
}

/** Finds missing streams: names or patterns without a matching live stream. */
export function createAbsentStreams(rules: RuleSet): Finder {
  let watches: readonly { readonly rule: string; readonly wanted: readonly WantedPattern[] }[] = []
  const byOwner = new Map<string, Map<string, MissingPatterns>>()
  /** Row of the last match of each pattern, which usually still matches. */
  const lastRows = new Map<string, Map<string, number>>()
  const configure = (): void => {
    watches = rules
      .all()
      .flatMap(({ id, watches: one }) =>
        one.kind === 'absence' ? [{ rule: id, wanted: one.streams.map((pattern) => ({ pattern, matches: matcherOf([pattern]) })) }] : [],
      )
    lastRows.clear()
  }
  configure()

  /** Row of a live stream that matches; -1: none. */
  const rowOf = (parts: readonly string[], isLive: (row: number) => boolean, { matches }: WantedPattern, last: number): number => {
    const isMatch = (row: number) => row >= 0 && row < parts.length && isLive(row) && matches(parts[row] as string)
    return isMatch(last) ? last : parts.findIndex((_, row) => isMatch(row))
  }
  function* found(ownerId: string, name: string, rule: string, { since, seenAt }: MissingPatterns): Iterable<Finding> {
    const of = (subject: Finding['subject'], patterns: readonly string[], from: number): readonly Finding[] => {
      const applied = rules.applied(rule, subject)
      if (applied === null || seenAt - from < applied.evaluation.onDelayMs) return []
      const why: Reason = { kind: 'streamsAbsent', patterns: [...patterns] }
      const streams = subject.kind === 'stream' ? 0 : null
      return [{ ...ruleFields(rule, applied, 'minor'), kind: 'absent', subject, serverName: name, since: from, why, streams, readers: null, onDelayMs: 0 }]
    }
    for (const [pattern, from] of since) if (isName(pattern)) yield* of(streamSubject(ownerId, pattern), [pattern], from)
    const others = [...since].filter(([pattern]) => !isName(pattern))
    if (others.length > 0)
      yield* of(
        serverSubject(ownerId),
        others.map(([pattern]) => pattern),
        Math.min(...others.map(([, from]) => from)),
      )
  }
  return {
    configure,
    addSamples: ({ owner, at, parts, metrics, values }) => {
      const state = metrics.indexOf('path.state')
      if (watches.length === 0 || owner.kind !== 'server' || parts === null || state < 0) return false
      const ownerId = ownerIdOf(owner)
      const isLive = (row: number) => values[row * metrics.length + state] === streamStateCodes.live
      const rows = lastRows.get(ownerId) ?? new Map<string, number>()
      lastRows.set(ownerId, rows)
      const before = byOwner.get(ownerId)
      const now = new Map<string, MissingPatterns>()
      for (const { rule, wanted } of watches) {
        const since = new Map<string, number>()
        if (rules.applied(rule, serverSubject(ownerId)) === null) continue
        for (const one of wanted) {
          const key = `${rule} ${one.pattern}`
          const row = rowOf(parts, isLive, one, rows.get(key) ?? -1)
          if (row >= 0) rows.set(key, row)
          else since.set(one.pattern, before?.get(rule)?.since.get(one.pattern) ?? at)
        }
        if (since.size > 0) now.set(rule, { since, seenAt: at })
      }
      if (now.size > 0) byOwner.set(ownerId, now)
      else byOwner.delete(ownerId)
      return before !== undefined || now.size > 0
    },
    findings: function* ({ subject, name, isUp }) {
      const id = ownerIdOf(subject)
      // Once the server is back, its streams have their time again.
      if (!isUp) byOwner.delete(id)
      for (const [rule, missing] of byOwner.get(id) ?? []) yield* found(id, name, rule, missing)
    },
    forget: (ownerId) => {
      byOwner.delete(ownerId)
      lastRows.delete(ownerId)
    },
  }
}
