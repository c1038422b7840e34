import { z } from 'zod'
import { type MistakeNoun, mistaken } from './mistakes.ts'

// Schemas for values that an operator enters for servers and hosts. Their errors are mistakes, which have words in every language.

export const enteredText = (what: MistakeNoun, most: number, text = z.string()) =>
  text.min(1, mistaken({ kind: 'empty', what })).max(most, mistaken({ kind: 'tooLong', what, most }))

/** May be empty. */
export const enteredSecret = (what: MistakeNoun) => z.string().max(4096, mistaken({ kind: 'tooLong', what, most: 4096 }))

export const intervalSecondsSchema = z
  .number()
  .min(0.5, mistaken({ kind: 'intervalShort', least: 0.5 }))
  .max(3600, mistaken({ kind: 'intervalLong', most: 3600 }))
