import { z } from 'zod'
import { patternSchema } from '../patterns.ts'
import { kindOfMetric } from '../subjects.ts'
import { invalid } from '../validationErrors.ts'
import { metricSchema, type RuleKind, type RuleProblem } from './ruleKind.ts'

/** The figure of `metric` is absent, or streams are that should be there. */
export const absentSchema = z.union([z.literal(true), z.array(patternSchema).min(1).max(100)], invalid({ kind: 'notSuchAs', example: '[cam1, news/*]' }))

const schema = z.object({
  kind: z.literal('absence'),
  /** What is listed has no such figure; null: streams are absent. */
  metric: metricSchema.nullable(),
  /** On each server that the rule is for, a live stream has to be there by each of these. */
  streams: z.array(z.string()),
})
export type Absence = z.infer<typeof schema>
interface AbsenceEntry {
  readonly absent?: true | string[] | undefined
  readonly streams?: readonly string[] | undefined
  readonly hosts?: readonly string[] | undefined
  readonly devices?: readonly string[] | undefined
}

/** A figure that is not there, or a stream. */
export const absence = {
  schema,
  keys: ['absent'],
  isMeant: ({ absent }) => absent !== undefined,
  begin: ({ metric = null, absent }) => ({ kind: 'absence', metric, streams: Array.isArray(absent) ? absent : [] }),
  changed: (watches) => watches,
  problems: (entry, watches, isException) => {
    if (isException) return entry.absent === undefined ? scopeProblems(entry, watches) : [{ path: ['absent'], validationError: { kind: 'notHere' } }]
    const { absent, metric, per } = entry
    if (per !== undefined) return [{ path: ['per'], validationError: { kind: 'givenBeside', other: 'absent', oneOf: ['metric'] } }]
    if (Array.isArray(absent) && metric !== undefined)
      return [{ path: ['metric'], validationError: { kind: 'givenBeside', other: 'absent', oneOf: ['metric', 'absent'] } }]
    if (absent === true && metric === undefined) return [{ path: ['metric'], validationError: { kind: 'missing', key: 'metric' } }]
    return metric === undefined ? scopeProblems(entry, null) : []
  },
  about: ({ metric }) => (metric === null ? null : kindOfMetric(metric)),
} as const satisfies RuleKind<Absence, AbsenceEntry>

/** Streams that are absent are said by `absent`, and where by servers and tags. */
function scopeProblems(entry: AbsenceEntry, watches: Absence | null): readonly RuleProblem[] {
  if (watches !== null && watches.metric !== null) return []
  const key = (['streams', 'hosts', 'devices'] as const).find((one) => entry[one] !== undefined)
  return key === undefined ? [] : [{ path: [key], validationError: { kind: 'givenBeside', other: 'absent', oneOf: ['servers', 'tags'] } }]
}
