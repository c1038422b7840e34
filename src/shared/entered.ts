import { z } from 'zod'
import { type MistakeNoun, mistaken } from './mistakes.ts'
import { hiddenIn } from './visibleText.ts'

// Schemas for values that an operator enters for servers and hosts. Their errors are mistakes, which have words in every language.

export function enteredText(what: MistakeNoun, most: number, text = z.string()) {
  return enteredOrEmpty(what, most, text.min(1, mistaken({ kind: 'empty', what })))
}

export function enteredOrEmpty(what: MistakeNoun, most: number, text = z.string()) {
  return text.max(most, mistaken({ kind: 'tooLong', what, most }))
}

/** A name that looks like what it is: one line, and nothing invisible that makes it look like another or reverses the words around it. */
export function enteredName(most: number, what: MistakeNoun = 'name') {
  return nameOf(what, enteredText(what, most, z.string().trim()))
}
export function nameOrEmpty(most: number, what: MistakeNoun = 'name') {
  return nameOf(what, enteredOrEmpty(what, most, z.string().trim()))
}

const nameOf = (what: MistakeNoun, text: z.ZodString) =>
  text.superRefine((name, ctx) => {
    const code = hiddenIn(name)
    if (/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u.test(name)) ctx.addIssue(mistaken({ kind: 'notOneLine', what }))
    else if (code !== null) ctx.addIssue(mistaken({ kind: 'hiddenCharacter', what, code }))
  })

export function enteredSecret(what: MistakeNoun) {
  return enteredOrEmpty(what, 4096)
}

export const intervalSecondsSchema = z
  .number()
  .min(0.5, mistaken({ kind: 'intervalShort', least: 0.5 }))
  .max(3600, mistaken({ kind: 'intervalLong', most: 3600 }))
