import { z } from 'zod'
import { enteredSecret } from './entered.ts'
import { nearestWord } from './nearestWord.ts'
import { invalid, type ValidationError } from './validationErrors.ts'

// Values as they are typed in YAML: text, so that `password: 0123` keeps its zero, and a tag `007` too.

export const numberSchema = z.string().transform((text) => (text.trim() === '' ? Number.NaN : Number(text)))

export const booleanSchema = z.stringbool({
  truthy: ['true', 'yes', 'on', '1'],
  falsy: ['false', 'no', 'off', '0'],
  error: invalid({ kind: 'notOfType', type: 'boolean' }),
})

export function oneOf<const T extends readonly string[]>(words: T) {
  const meant = (typed: string) => words.find((word) => word.toLowerCase() === typed.toLowerCase()) ?? typed
  return z
    .string()
    .transform(meant)
    .pipe(z.enum(words, invalid({ kind: 'notOneOf', words: [...words] })))
}

/** A key without a value is an empty list. */
export function emptyIfNull<T extends z.ZodType>(list: T) {
  return z.preprocess((value) => value ?? [], list)
}

export const textList = emptyIfNull(z.array(z.string()))

/** An object with these keys only; an unknown one is refused, with the key that was probably meant. */
export function knownKeys<T extends z.core.$ZodLooseShape>(shape: T) {
  const keys = Object.keys(shape)
  const unknownKey = (key: string) => invalid({ kind: 'unknownKey', meant: nearestWord(key, keys), known: keys })
  return z.object(shape).catchall(z.unknown().refine(() => false, { error: ({ path }) => unknownKey(String(path?.at(-1))) }))
}

/** One text or a list of texts; one text may contain several, separated by commas or spaces. */
export function severalOf<T extends z.ZodType>(each: T) {
  return z.preprocess((value) => (typeof value === 'string' ? value.split(/[\s,]+/).filter(Boolean) : value), z.array(each))
}

export function suchAs(example: string, isOne: (text: string) => boolean) {
  return z
    .string()
    .trim()
    .refine(isOne, invalid({ kind: 'notSuchAs', example }))
}

const mostHours = 50
export function severalSuchAs(example: string, isOne: (text: string) => boolean) {
  return severalOf(suchAs(example, isOne)).pipe(
    z
      .array(z.string())
      .min(1, invalid({ kind: 'notSuchAs', example }))
      .max(mostHours, invalid({ kind: 'tooManyAtOnce', most: mostHours })),
  )
}

export function countSchema(least: number, most: number) {
  return numberSchema.refine((value) => Number.isInteger(value) && value >= least && value <= most, invalid({ kind: 'notACount', least, most }))
}

export function oneLine() {
  return enteredSecret().regex(/^[^\r\n\0]*$/, invalid({ kind: 'notOneLine' }))
}

/** Runs checks across keys even if one of the keys is invalid, so that all problems are reported at once. */
export const evenIfPartsFailed = { when: ({ value }: { readonly value: unknown }) => typeof value === 'object' && value !== null }

export function report(ctx: z.core.$RefinementCtx, path: PropertyKey[], validationError: ValidationError): void {
  ctx.addIssue({ code: 'custom', path, message: invalid(validationError) })
}

export function refused(ctx: z.core.$RefinementCtx, validationError: ValidationError): never {
  ctx.addIssue(invalid(validationError))
  return z.NEVER
}

/** A proxy that HTTP and mail go through: its address, or `system` for what HTTPS_PROXY, HTTP_PROXY and NO_PROXY of this machine say. Its credentials, if any, are in these. */
export const proxySchema = suchAs(
  'http://proxy.example.org:3128',
  (text) => text === 'system' || /^https?:\/\/(\[[\da-f:.]+\]|[^\s/?#@:]+)(:\d{1,5})?\/?$/i.test(text),
)
