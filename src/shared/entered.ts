import { z } from 'zod'
import { type MistakeNoun, mistaken } from './mistakes.ts'

// Schemas for values that an operator enters for servers and hosts. Their errors are mistakes, which have words in every language.

export const enteredText = (what: MistakeNoun, most: number, text = z.string()) => enteredOrEmpty(what, most, text.min(1, mistaken({ kind: 'empty', what })))

export const enteredOrEmpty = (what: MistakeNoun, most: number, text = z.string()) => text.max(most, mistaken({ kind: 'tooLong', what, most }))

export const enteredSecret = (what: MistakeNoun) => enteredOrEmpty(what, 4096)

export const intervalSecondsSchema = z
  .number()
  .min(0.5, mistaken({ kind: 'intervalShort', least: 0.5 }))
  .max(3600, mistaken({ kind: 'intervalLong', most: 3600 }))
