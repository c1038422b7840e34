import { z } from 'zod'
import { invalid } from './validationErrors.ts'
import { halfIn, hiddenIn } from './visibleText.ts'

// Schemas for values that an operator enters for servers and hosts. Their errors are mistakes, which have words in every language.

export function enteredText(most: number, text = z.string()) {
  return enteredOrEmpty(most, text.min(1, invalid({ kind: 'empty' })))
}

export function enteredOrEmpty(most: number, text = z.string()) {
  return text.max(most, invalid({ kind: 'tooLong', most })).superRefine((entered, ctx) => {
    const code = halfIn(entered)
    if (code !== null) ctx.addIssue(invalid({ kind: 'hiddenCharacter', code }))
  })
}

/** A name that looks like what it is: one line, and nothing invisible that makes it look like another or reverses the words around it. */
export function enteredName(most: number) {
  return nameOf(enteredText(most, z.string().trim()))
}
export function nameOrEmpty(most: number) {
  return nameOf(enteredOrEmpty(most, z.string().trim()))
}

const nameOf = (text: z.ZodString) =>
  text.superRefine((name, ctx) => {
    const code = hiddenIn(name)
    if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(name)) ctx.addIssue(invalid({ kind: 'notOneLine' }))
    else if (code !== null) ctx.addIssue(invalid({ kind: 'hiddenCharacter', code }))
  })

export function enteredSecret() {
  return enteredOrEmpty(4096)
}

/** yaml: comes from the configuration file and can't be edited here. */
export const originSchema = z.enum(['stored', 'yaml'])

/** A whole number within limits. */
export function countWithin([least, most]: readonly [number, number]) {
  const wrong = invalid({ kind: 'notACount', least, most })
  return z.number(wrong).int(wrong).min(least, wrong).max(most, wrong)
}

export const intervalSecondsSchema = z
  .number()
  .min(0.5, invalid({ kind: 'notWithin', least: 0.5, most: 3600 }))
  .max(3600, invalid({ kind: 'notWithin', least: 0.5, most: 3600 }))
