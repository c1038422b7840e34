import { z } from 'zod'
import { remedyActs } from './acts.ts'
import { levelAmounts } from './ruleKinds.ts'
import { boundExpressions, type ExceptionInput, mostRules, type RuleInput, ruleCallSchema } from './rules.ts'
import { severities } from './severities.ts'
import { invalid } from './validationErrors.ts'
import { booleanSchema, knownKeys, numberSchema, oneOf, textList } from './written.ts'

/** A number, of a change with or without the sign of percent. */
const amountSchema = z.preprocess((text) => (typeof text === 'string' ? text.replace(/\s?%$/, '') : text), numberSchema).optional()

/** `{ examId: exam_123, participantId: [a, b] }` as a list. */
function listOfFields(where: unknown): unknown {
  if (typeof where !== 'object' || where === null || Array.isArray(where)) return where
  return Object.entries(where).flatMap(([name, values]) => (Array.isArray(values) ? values : [values]).map((value) => `${name}=${value}`))
}

const limits = Object.fromEntries(Object.keys(levelAmounts).map((key) => [key, amountSchema])) as Record<keyof typeof levelAmounts, typeof amountSchema>
const changes = {
  enabled: booleanSchema.optional(),
  severity: oneOf(severities).optional(),
  onDelaySeconds: numberSchema.optional(),
  offDelaySeconds: numberSchema.optional(),
  ...limits,
  beyondUsual: numberSchema.optional(),
  levels: z.array(knownKeys({ severity: oneOf(severities), ...limits })).optional(),
  withinSeconds: numberSchema.optional(),
  event: z.string().optional(),
  flaps: numberSchema.optional(),
  withinMinutes: numberSchema.optional(),
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
    .max(mostRules)
    .superRefine((rules, ctx) => {
      const seen = new Set<string>()
      for (const [index, { id }] of rules.entries()) {
        if (seen.has(id)) ctx.addIssue({ code: 'custom', path: [index, 'id'], message: invalid({ kind: 'givenTwice', name: id }) })
        seen.add(id)
      }
    }),
)
