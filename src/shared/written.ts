import { z } from 'zod'
import { mistaken } from './mistakes.ts'
import { nearestWord } from './nearestWord.ts'

// Values as they are typed in YAML: text, so that `password: 0123` keeps its zero, and a tag `007` too.

export const numberSchema = z.string().transform((text) => (text.trim() === '' ? Number.NaN : Number(text)))

export const booleanSchema = z.stringbool({
  truthy: ['true', 'yes', 'on', '1'],
  falsy: ['false', 'no', 'off', '0'],
  error: mistaken({ kind: 'notOfType', type: 'boolean' }),
})

export const oneOf = <const T extends readonly string[]>(words: T) =>
  z
    .string()
    .toLowerCase()
    .pipe(z.enum(words, mistaken({ kind: 'notOneOf', words: [...words] })))

/** A key without a value is an empty list. */
export const emptyIfNull = <T extends z.ZodType>(list: T) => z.preprocess((value) => value ?? [], list)

export const textList = emptyIfNull(z.array(z.string()))

/** An object with these keys only; an unknown one is refused, with the key that was probably meant. */
export function knownKeys<T extends z.core.$ZodLooseShape>(shape: T) {
  const keys = Object.keys(shape)
  const unknownKey = (key: string) => mistaken({ kind: 'unknownKey', meant: nearestWord(key, keys), known: keys })
  return z.object(shape).catchall(z.unknown().refine(() => false, { error: ({ path }) => unknownKey(String(path?.at(-1))) }))
}
