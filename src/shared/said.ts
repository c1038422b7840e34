import type { Schema } from '@orpc/contract'
import { z } from 'zod'

const sentences = new WeakMap<z.core.$ZodType, string>()
const described = new WeakMap<object, z.core.$ZodType>()

/** A field of an answer that REST fills with a sentence in the requested language; windows make theirs from the facts. `sentence`: its key in `src/i18n/withTexts.ts`. */
export function said<Field extends z.ZodType>(sentence: string, field: Field): Field {
  // A form that several fields share has another sentence in each.
  const own = field.clone()
  sentences.set(own, sentence)
  return own
}

/** For an output that is not validated: `parts` are those that hold sentences. */
export function saidIn<Output>(output: Schema<Output, Output>, parts: { readonly [Key in keyof Output]?: z.ZodType }): Schema<Output, Output> {
  described.set(output, z.object(parts as z.ZodRawShape))
  return output
}

export function sentenceOf(field: z.core.$ZodType): string | undefined {
  return sentences.get(field)
}

/** The zod schema of an output; null: it has none. */
export function zodOf(output: unknown): z.core.$ZodType | null {
  return output instanceof z.core.$ZodType ? output : (described.get(output as object) ?? null)
}
