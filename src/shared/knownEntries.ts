import type { z } from 'zod'

/** The entries of a list that this version knows. What is stored, or comes from another console, may have kinds of an earlier or a later one. */
export function knownEntries<Entry extends z.ZodType>(schema: Entry, list: readonly unknown[]): z.output<Entry>[] {
  return list.flatMap((entry) => {
    const read = schema.safeParse(entry)
    return read.success ? [read.data] : []
  })
}
