import { z } from 'zod'

const text = z.string().max(4_000)

/** The configuration file was changed and cannot be used: how many mistakes it has, and the first of them. */
export const configurationRefusedSchema = z.object({ file: text, problems: z.number(), first: text })
