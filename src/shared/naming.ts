import { z } from 'zod'
import { matcherOf } from './patterns.ts'
import { invalid } from './validationErrors.ts'

const mostTemplates = 20
const longestTemplate = 300
const mostFields = 12
const longestName = 1_000
/** Maximum number of times that a separator may occur in a name: the number of readings to try grows with its square. */
const mostParts = 16
const mostChoices = 50

/** What a field takes. A field that is called `timestamp` is one, and any other is text, unless the template gives its type: `{n:int}`. */
const fieldTypes = ['text', 'int', 'timestamp', 's', 'ms', 'date', 'oneOf'] as const
type FieldType = (typeof fieldTypes)[number]
export interface NameField {
  readonly name: string
  readonly type: FieldType
  /** Allowed values of a field of type `oneOf`. */
  readonly choices: readonly string[]
}

/** A parsed template: `separators[i]` follows `fields[i]`; the last one ends the name. */
interface NamingTemplate {
  readonly text: string
  readonly start: string
  readonly fields: readonly NameField[]
  readonly separators: readonly string[]
}

/** A template that cannot be read. */
interface TemplateValidationError {
  /** Part of the template that the mistake is about. */
  readonly wrong: string
}

const fieldNamePattern = /^[A-Za-z][A-Za-z0-9_-]{0,39}$/

/** Parses a template such as `{examId}_{participantId}_{timestamp:ms}`. */
export function parseTemplate(text: string): NamingTemplate | TemplateValidationError {
  const fields: NameField[] = []
  const separators: string[] = []
  let start = ''
  let at = 0
  while (at < text.length) {
    const open = text.indexOf('{', at)
    const literal = text.slice(at, open < 0 ? text.length : open)
    if (literal.includes('}')) return { wrong: literal }
    if (fields.length === 0) start = literal
    else if (open >= 0 && literal === '') return { wrong: `{${fields.at(-1)?.name}}${text.slice(open)}` }
    else separators.push(literal)
    if (open < 0) {
      at = text.length
      continue
    }
    const close = text.indexOf('}', open)
    if (close < 0) return { wrong: text.slice(open) }
    const written = text.slice(open + 1, close)
    const field = parseField(written)
    if (field === null) return { wrong: written }
    if (fields.some(({ name }) => name.toLowerCase() === field.name.toLowerCase())) return { wrong: field.name }
    fields.push(field)
    if (fields.length > mostFields) return { wrong: written }
    at = close + 1
  }
  if (fields.length === 0) return { wrong: text }
  if (separators.length < fields.length) separators.push('')
  return { text, start, fields, separators }
}

/** null: its name or its type is none. */
function parseField(written: string): NameField | null {
  const colon = written.indexOf(':')
  const name = (colon < 0 ? written : written.slice(0, colon)).trim()
  if (!fieldNamePattern.test(name)) return null
  if (colon < 0) return { name, type: name.toLowerCase() === 'timestamp' ? 'timestamp' : 'text', choices: [] }
  const type = written.slice(colon + 1).trim()
  if (type.includes('|')) {
    const choices = type.split('|').map((choice) => choice.trim())
    return choices.length > mostChoices || choices.includes('') ? null : { name, type: 'oneOf', choices }
  }
  const known = fieldTypes.find((one) => one === type)
  return known === undefined || known === 'oneOf' ? null : { name, type: known, choices: [] }
}

const isTemplate = (parsed: NamingTemplate | TemplateValidationError): parsed is NamingTemplate => !('wrong' in parsed)

/** A template, which is stored as it was written. */
const templateSchema = z
  .string()
  .trim()
  .min(1)
  .max(longestTemplate)
  .superRefine((text, ctx) => {
    const parsed = parseTemplate(text)
    if (!isTemplate(parsed)) ctx.addIssue(invalid({ kind: 'notANamingTemplate', part: parsed.wrong }))
  })
export const templatesSchema = z.array(templateSchema).max(mostTemplates)

/** The templates in force, in their order. */
export const namingSettingsSchema = z.object({
  templates: z.array(z.string()),
  /** They are in the configuration file, and can't be changed in the console. */
  ofFile: z.boolean(),
})
export type NamingSettings = z.infer<typeof namingSettingsSchema>

/** Values by field, as written in the name. */
export type NameFields = Readonly<Record<string, string>>

const typeTests: Readonly<Record<Exclude<FieldType, 'text' | 'oneOf'>, (value: string) => boolean>> = {
  int: (value) => /^\d{1,15}$/.test(value),
  timestamp: (value) => /^(\d{9,10}|\d{12,13})$/.test(value),
  s: (value) => /^\d{9,10}$/.test(value),
  ms: (value) => /^\d{12,13}$/.test(value),
  date: (value) => dateOf(value) !== null,
}
function fits({ type, choices }: NameField, value: string): boolean {
  if (value === '') return false
  if (type === 'text') return true
  return type === 'oneOf' ? choices.includes(value) : typeTests[type](value)
}

/** A date such as 2026-11-23 or 20261123, as epoch ms at its start in UTC; null: not a date. */
function dateOf(value: string): number | null {
  const [, year = '', month = '', day = ''] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(value) ?? /^(\d{4})(\d\d)(\d\d)$/.exec(value) ?? []
  const iso = `${year}-${month}-${day}`
  const at = Date.parse(`${iso}T00:00:00Z`)
  return Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== iso ? null : at
}

/** Time that a field's value stands for, epoch ms; null: not a time field. */
export function timeOfField(type: FieldType, value: string): number | null {
  if (type === 'date') return dateOf(value)
  if (type !== 'timestamp' && type !== 's' && type !== 'ms') return null
  return Number(value) * (value.length <= 10 ? 1_000 : 1)
}

/** A value to sort by: numbers and times as such. */
export function sortOfField(type: FieldType, value: string): number | string {
  return type === 'int' ? Number(value) : (timeOfField(type, value) ?? value)
}

/**
 * The fields of a name by one template. A value may itself hold the separator. If the name can be read in one way only, that one counts. If there are
 * several, the text fields share it equally: in `exam_123_student_456_1693875600000` by `{examId}_{participantId}_{timestamp}`, each of the first two holds
 * one separator. If they can't, the name is not read: a guess would put one participant's stream under another's name.
 */
function readBy(template: NamingTemplate, name: string): NameFields | null {
  const ends = endsOf(template, name)
  if (ends === null) return null
  const first = waysThrough(template, name, ends, fits)
  if (first.ways === 0) return null
  if (first.ways === 1) return first.fields()
  const most = mostHeld(template, name)
  for (let held = 0; held <= most; held++) {
    const equal = waysThrough(template, name, ends, (field, value, separator) =>
      field.type === 'text' ? value !== '' && countOf(value, separator) === held : fits(field, value),
    )
    if (equal.ways === 1) return equal.fields()
  }
  return null
}

const countOf = (value: string, separator: string) => value.split(separator).length - 1

/** The separator that a field's value may contain: the one that follows the field; for the last field, the one before it. */
function heldIn(separators: readonly string[], index: number): string {
  const separator = separators[index] as string
  return separator === '' || index === separators.length - 1 ? (separators[index - 1] ?? separator) : separator
}

/** Maximum number of separators that each text field can contain, given how many the name has. */
function mostHeld({ fields, separators }: NamingTemplate, name: string): number {
  const sharers = new Map<string, number>()
  for (const [index, { type }] of fields.entries())
    if (type === 'text') sharers.set(heldIn(separators, index), (sharers.get(heldIn(separators, index)) ?? 0) + 1)
  return Math.min(mostParts, ...Array.from(sharers, ([separator, count]) => Math.floor(countOf(name, separator) / count)))
}

/** Where each field may end, in ascending order; null: the name is too long, holds a separator too often, or does not begin as it should. */
function endsOf({ start, separators }: NamingTemplate, name: string): readonly (readonly number[])[] | null {
  if (name.length > longestName || !name.startsWith(start)) return null
  const ends: number[][] = []
  for (const [index, separator] of separators.entries()) {
    if (index === separators.length - 1) {
      if (!name.endsWith(separator)) return null
      ends.push([name.length - separator.length])
      continue
    }
    const found: number[] = []
    for (let at = name.indexOf(separator, start.length); at >= 0; at = name.indexOf(separator, at + 1)) found.push(at)
    if (found.length > mostParts) return null
    ends.push(found)
  }
  return ends
}

type Test = (field: NameField, value: string, separator: string) => boolean
/** How a name can be read: in no way, in one, or in several. Looks at each field once for each place where it may begin. */
function waysThrough({ start, fields, separators }: NamingTemplate, name: string, ends: readonly (readonly number[])[], test: Test) {
  // From the last field on: in how many ways the rest can be read that begins at a place, and where its first field ends.
  let rest = new Map<number, { readonly ways: number; readonly end: number }>([[name.length, { ways: 1, end: -1 }]])
  const chosen: (typeof rest)[] = []
  for (let index = fields.length - 1; index >= 0; index--) {
    const field = fields[index] as NameField
    const separator = separators[index] as string
    const held = heldIn(separators, index)
    const begins = index === 0 ? [start.length] : (ends[index - 1] ?? []).map((end) => end + (separators[index - 1] as string).length)
    const here: typeof rest = new Map()
    for (const begin of begins) {
      let ways = 0
      let chosenEnd = -1
      for (const end of ends[index] ?? []) {
        const after = rest.get(end + separator.length)?.ways ?? 0
        if (after === 0 || end <= begin || !test(field, name.slice(begin, end), held)) continue
        if (ways === 0) chosenEnd = end
        ways += after
      }
      if (ways > 0) here.set(begin, { ways: Math.min(ways, 2), end: chosenEnd })
    }
    chosen[index] = here
    rest = here
  }
  return {
    ways: rest.get(start.length)?.ways ?? 0,
    /** The reading, if there is exactly one. */
    fields: (): NameFields => {
      let at = start.length
      // Without a prototype: a field may have any name.
      const found: Record<string, string> = Object.create(null)
      for (const [index, field] of fields.entries()) {
        const end = chosen[index]?.get(at)?.end ?? at
        found[field.name] = name.slice(at, end)
        at = end + (separators[index] as string).length
      }
      return found
    },
  }
}

/** A field and the value that it is to have, such as `examId=exam_123`, in which `*` stands for any text. */
export const fieldValueSchema = z
  .string()
  .trim()
  .max(longestTemplate)
  .regex(/^[A-Za-z][A-Za-z0-9_-]{0,39}=[^~]/, invalid({ kind: 'notSuchAs', example: 'examId=exam_123, examId=exam_*' }))

/** Whether the fields of a name are as wanted: of each field that is named, one of its values. */
export function fieldsTest(wanted: readonly string[]): (fields: NameFields | null) => boolean {
  const patterns = new Map<string, string[]>()
  for (const text of wanted) {
    const at = text.indexOf('=')
    const name = text.slice(0, at)
    patterns.set(name, [...(patterns.get(name) ?? []), text.slice(at + 1)])
  }
  const tests = Array.from(patterns, ([name, values]) => ({ name, isOne: matcherOf(values) }))
  return (fields) => fields !== null && tests.every(({ name, isOne }) => Object.hasOwn(fields, name) && isOne(fields[name] as string))
}

/** Maximum number of names whose fields are cached. */
const mostRemembered = 200_000

export type Naming = ReturnType<typeof createNaming>

/** Reads names by templates: the first that fits counts. Templates that can't be read are left out; `templatesSchema` refuses them. */
export function createNaming(templates: readonly string[]) {
  const parsed = templates.map(parseTemplate).filter(isTemplate)
  const fields = new Map<string, NameField>()
  for (const template of parsed) for (const field of template.fields) if (!fields.has(field.name)) fields.set(field.name, field)
  let remembered = new Map<string, NameFields | null>()
  const read = (name: string): NameFields | null => {
    for (const template of parsed) {
      const found = readBy(template, name)
      if (found !== null) return found
    }
    return null
  }
  return {
    /** All fields of all templates, in their order; the first of a name says its type. */
    fields: [...fields.values()] as readonly NameField[],
    /** null: no template fits, or none in one way only. */
    read,
    /** As `read`, from a cache. */
    fieldsOf: (name: string): NameFields | null => {
      if (parsed.length === 0) return null
      const known = remembered.get(name)
      if (known !== undefined) return known
      const found = read(name)
      if (remembered.size >= mostRemembered) remembered = new Map()
      remembered.set(name, found)
      return found
    },
  }
}
