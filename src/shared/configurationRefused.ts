import { z } from 'zod'
import { problemSchema } from './mistakes.ts'

const text = z.string().max(4_000)

/** The configuration file was changed and cannot be used: how many mistakes it has, and the first one. Earlier versions stored that one as a sentence. */
export const configurationRefusedSchema = z.object({ file: text, problems: z.number(), first: z.union([text, problemSchema]) })
