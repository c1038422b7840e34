import { describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { createWithTexts, withTexts } from '../../src/i18n/withTexts.ts'
import { contract } from '../../src/shared/contract.ts'
import { sentenceOf, zodOf } from '../../src/shared/said.ts'

interface Procedure {
  readonly '~orpc': { readonly outputSchema?: unknown }
}
const outputs = Object.entries(contract as unknown as Record<string, Record<string, Procedure>>).flatMap(([noun, procedures]) =>
  Object.entries(procedures).flatMap(([name, { '~orpc': orpc }]) => {
    const schema = zodOf(orpc.outputSchema)
    return schema === null ? [] : [{ call: `${noun}.${name}`, schema }]
  }),
)

const unsaid = 'not said'
const isUnsaid = (sample: unknown) => JSON.stringify(sample).includes(unsaid)
/** Called with each field of an object. */
type OnField = (key: string, field: z.core.$ZodType) => void

/** Values of a schema in which each field that holds a sentence is not said yet: one, and others for options that hold more of them. */
function samplesOf(schema: z.core.$ZodType, onField: OnField, text = ''): readonly unknown[] {
  const { def } = (schema as z.core.$ZodTypes)._zod
  const of = (inner: z.core.$ZodType) => samplesOf(inner, onField, text)
  switch (def.type) {
    case 'object': {
      const fields = Object.entries(def.shape).map(([key, field]) => {
        onField(key, field)
        return [key, samplesOf(field, onField, sentenceOf(field) === undefined ? text : unsaid)] as const
      })
      const first = Object.fromEntries(fields.map(([key, [sample]]) => [key, sample]))
      return [first, ...fields.flatMap(([key, [, ...others]]) => others.filter(isUnsaid).map((other) => ({ ...first, [key]: other })))]
    }
    case 'array':
      return of(def.element).map((each) => [each])
    case 'tuple':
      return [def.items.map((item) => of(item)[0])]
    case 'record':
      return of(def.valueType).map((each) => ({ key: each }))
    case 'union':
      return def.options.flatMap(of)
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'catch':
    case 'readonly':
      return of(def.innerType)
    case 'pipe':
      return of(def.out)
    case 'literal':
      return [def.values[0]]
    case 'enum':
      return [Object.values(def.entries)[0]]
    case 'null':
      return [null]
    case 'boolean':
      return [true]
    case 'number':
      return [1]
    default:
      return [text]
  }
}

const sentenceNames = new Set(['words', 'text', 'todo', 'title', 'cause', 'remarks', 'warnings', 'formula', 'trouble', 'reason'])
/** Windows leave it out. */
function isOptionalText(field: z.core.$ZodType, isOptional = false): boolean {
  const { def } = (field as z.core.$ZodTypes)._zod
  if (def.type === 'optional' || def.type === 'nullable') return isOptionalText(def.innerType, isOptional || def.type === 'optional')
  return isOptional && (def.type === 'array' ? isOptionalText(def.element, true) : def.type === 'string')
}

describe.each(outputs)('$call', ({ schema }) => {
  test('says every sentence of its answer, wherever it stands', () => {
    const say = createWithTexts(new Proxy({}, { get: () => () => 'said' }))
    const samples = samplesOf(schema, () => {})
    expect(samples.map((sample) => say(schema, sample, 'en')).filter(isUnsaid)).toEqual([])
  })

  test('names sentences that there are, and leaves no text to a handler', () => {
    expect(() => withTexts(schema, null as unknown, 'en')).not.toThrow(/no sentence/)
    const left: string[] = []
    samplesOf(schema, (key, field) => {
      if (sentenceNames.has(key) && isOptionalText(field) && sentenceOf(field) === undefined) left.push(key)
    })
    expect(left).toEqual([])
  })
})
