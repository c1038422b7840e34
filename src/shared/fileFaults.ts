import { z } from 'zod'

const text = z.string().max(4_000)

/** What is wrong with one of the console's files. `fileFaultText` renders it as text. */
export const fileFaultSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.enum([
      'notThere',
      'cutOff',
      'notOurs',
      /** A bundle with more than can be shown: years, streams or pictures. */
      'tooLarge',
      'internal',
    ]),
  }),
  /** `detail`: which part it is, or what SQLite or the operating system says; in English, for whoever repairs or reports it. */
  z.object({ kind: z.literal('damaged'), detail: text }),
  z.object({ kind: z.enum(['newer', 'older']), form: z.number(), known: z.number() }),
  /** It is a history file that should have the name `name`, such as `minutes-2026-11-14.db`. */
  z.object({ kind: z.literal('misnamed'), name: text }),
  z.object({ kind: z.literal('someUnreadable'), count: z.number() }),
])
export type FileFault = z.infer<typeof fileFaultSchema>
