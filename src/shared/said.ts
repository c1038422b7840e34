import type { Schema } from '@orpc/contract'
import { safeParse, z } from 'zod'

const sentences = new WeakMap<z.core.$ZodType, string>()
const described = new WeakMap<object, z.core.$ZodType>()

/** A field of an answer that REST alone has: what the facts beside it say, as a sentence in the requested language; windows make theirs. `sentence`: its key in `src/i18n/withTexts.ts`. */
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

type Write<Context> = (facts: never, context: Context) => unknown
type Fill<Context> = (value: never, context: Context) => unknown

/**
 * Writes those fields of a value that have a writer by its schema; it gets the object that holds the field, and undefined leaves the field out. Each schema
 * is read once: what has no such field costs nothing afterwards.
 */
export function createFieldWriter<Context>(
  writerOf: (field: z.core.$ZodType) => Write<Context> | undefined,
): <Value>(output: unknown, value: Value, context: Context) => Value {
  const fills = new WeakMap<z.core.$ZodType, Fill<Context> | null>()

  function fillOf(schema: z.core.$ZodType): Fill<Context> | null {
    const known = fills.get(schema)
    if (known !== undefined) return known
    const fill = fillFor((schema as z.core.$ZodTypes)._zod.def)
    fills.set(schema, fill)
    return fill
  }

  function fillFor(def: z.core.$ZodTypes['_zod']['def']): Fill<Context> | null {
    switch (def.type) {
      case 'object':
        return ofObject(Object.entries(def.shape))
      case 'array': {
        const each = fillOf(def.element)
        return each && ((values: readonly never[], context) => values.map((value) => each(value, context)))
      }
      case 'optional':
      case 'nullable': {
        const fill = fillOf(def.innerType)
        return fill && ((value, context) => (value == null ? value : fill(value, context)))
      }
      case 'union': {
        const options = def.options.map((schema) => ({ schema, fill: fillOf(schema) }))
        if (options.every(({ fill }) => fill === null)) return null
        return (value, context) => options.find(({ schema }) => safeParse(schema, value).success)?.fill?.(value, context) ?? value
      }
      default:
        return null
    }
  }

  function ofObject(shape: readonly (readonly [string, z.core.$ZodType])[]): Fill<Context> | null {
    const parts = shape.flatMap(([key, schema]) => {
      const fill = fillOf(schema)
      return fill === null ? [] : [{ key, fill }]
    })
    const written = shape.flatMap(([key, schema]) => {
      const write = writerOf(schema)
      return write === undefined ? [] : [{ key, write }]
    })
    if (parts.length + written.length === 0) return null
    return (value: Readonly<Record<string, unknown>>, context) => {
      const filled: Record<string, unknown> = { ...value }
      for (const { key, fill } of parts) if (value[key] !== undefined) filled[key] = fill(value[key] as never, context)
      for (const { key, write } of written) {
        const field = write(filled as never, context)
        if (field === undefined) delete filled[key]
        else filled[key] = field
      }
      return filled
    }
  }

  return (output, value, context) => {
    const schema = zodOf(output)
    const fill = schema && fillOf(schema)
    return fill ? (fill(value as never, context) as typeof value) : value
  }
}
