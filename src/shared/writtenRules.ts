import { z } from 'zod'
import { remedyActs } from './remedyActs.ts'
import { changeAmounts } from './ruleKinds/change.ts'
import { flapAmounts } from './ruleKinds/flapping.ts'
import { limitAmounts } from './ruleKinds/limit.ts'
import { offBaselineAmounts } from './ruleKinds/offBaseline.ts'
import { stateAmounts } from './ruleKinds/state.ts'
import { boundExpressions, type ExceptionInput, mostRules, type RuleInput, ruleCallSchema } from './rules.ts'
import { severities } from './severities.ts'
import { invalid } from './validationErrors.ts'
import { booleanSchema, knownKeys, numberSchema, oneOf, textList } from './written.ts'

/** A percentage stays as it is typed. */
const amountSchema = z.string().transform((text) => (text.includes('%') || text.trim() === '' ? text : Number(text)))
const each = <Key extends string, T extends z.ZodType>(shape: Readonly<Record<Key, unknown>>, schema: T) =>
  Object.fromEntries(Object.keys(shape).map((key) => [key, schema.optional()])) as Record<Key, z.ZodOptional<T>>

/** `{ examId: exam_123, participantId: [a, b] }` as a list. */
function listOfFields(where: unknown): unknown {
  if (typeof where !== 'object' || where === null || Array.isArray(where)) return where
  return Object.entries(where).flatMap(([name, values]) => (Array.isArray(values) ? values : [values]).map((value) => `${name}=${value}`))
}

const limits = { ...each(limitAmounts, numberSchema), ...each(changeAmounts, amountSchema), clear: numberSchema.optional() }
const changes = {
  enabled: booleanSchema.optional(),
  severity: oneOf(severities).optional(),
  onDelaySeconds: numberSchema.optional(),
  offDelaySeconds: numberSchema.optional(),
  ...limits,
  ...each(offBaselineAmounts, numberSchema),
  levels: z.array(knownKeys({ severity: oneOf(severities), ...limits })).optional(),
  withinSeconds: numberSchema.optional(),
  ...each(stateAmounts, z.string()),
  event: z.string().optional(),
  ...each(flapAmounts, numberSchema),
  clearWhen: knownKeys({ metric: z.string(), above: numberSchema.optional(), below: numberSchema.optional() }).optional(),
  absent: z.preprocess((value) => (value === 'true' ? true : value), z.unknown()).optional(),
  tags: textList.optional(),
  servers: textList.optional(),
  hosts: textList.optional(),
  streams: textList.optional(),
  where: z.preprocess(listOfFields, textList).optional(),
  devices: textList.optional(),
  probes: textList.optional(),
} satisfies Readonly<Record<Exclude<keyof ExceptionInput, 'reason'>, z.ZodType>>
const rule = {
  id: z.string(),
  name: z.string().optional(),
  metric: z.string().optional(),
  per: z.string().optional(),
  ...changes,
  runbook: z.string().optional(),
  runbookUrl: z.string().optional(),
  remedy: knownKeys({
    act: oneOf(remedyActs),
    afterSeconds: numberSchema.optional(),
    againSeconds: numberSchema.optional(),
    mostAnHour: numberSchema.optional(),
    keyFile: z.string().optional(),
  }).optional(),
  exceptions: z.array(knownKeys({ ...changes, reason: z.string() })).optional(),
} satisfies Readonly<Record<keyof RuleInput, z.ZodType>>
const ruleSchema = knownKeys(rule).pipe(ruleCallSchema)

/** `rules:` as typed, in a configuration file or in a YAML that is imported; `ruleCallSchema` says what they may be. */
export const writtenRulesSchema = boundExpressions(
  z
    .array(ruleSchema)
    .max(mostRules, invalid({ kind: 'tooManyAtOnce', most: mostRules }))
    .superRefine((rules, ctx) => {
      const seen = new Set<string>()
      for (const [index, { id }] of rules.entries()) {
        if (seen.has(id)) ctx.addIssue({ code: 'custom', path: [index, 'id'], message: invalid({ kind: 'givenTwice', name: id }) })
        seen.add(id)
      }
    }),
)
