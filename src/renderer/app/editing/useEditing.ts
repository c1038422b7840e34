import { ORPCError } from '@orpc/client'
import type { TFunction } from 'i18next'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { toast } from 'sonner'
import type { z } from 'zod'
import { failureWords } from '../failureWords.ts'
import { useTrial } from '../useTrial.ts'
import { type Entries, type FormField, readEntries, type WordId, type Wrong, wordsById } from './fields.ts'

/** What an answer to a test is drawn from, and what it may do. */
export interface AnswerProps<S, F, R> {
  readonly result: R
  readonly entered: F
  readonly stored: S | null
  /** Stores what is entered where it differs from what is stored; null: that failed, and the dialog says why. */
  readonly store: () => Promise<S | null>
  /** Changes entries and tests once more; `stored`: it is stored by now, and edited from here on. */
  readonly retest: (change: Partial<F>, stored?: S | null) => void
}

/**
 * A noun that is added, tested and edited: `S` as it is stored, `F` its entries, `I` the input of the contract, `T` that
 * of its test, `R` the answer to it.
 */
export interface EditedNoun<S, F, I, T, R> {
  readonly words: Readonly<Record<'add' | 'edit' | 'addIt' | 'added' | 'saved' | 'nameTaken' | 'more', WordId>>
  readonly fields: readonly FormField<F, S>[]
  readonly empty: F
  readonly entriesOf: (stored: S) => F
  /** Whether the fields that are folded away are shown at once. */
  readonly moreFirst: (stored: S) => boolean
  /** The name where its field is left empty. */
  readonly nameOf: (entered: F, t: TFunction) => string
  readonly inputOf: (entered: F, stored: S | null) => unknown
  readonly schema: z.ZodType<I>
  readonly testSchema: z.ZodType<T>
  readonly add: (input: I) => Promise<S>
  readonly update: (id: string, change: I) => Promise<S>
  /** `id`: of what is stored, which lends its secret to the test. */
  readonly test: (input: T, id: string | undefined, signal: AbortSignal) => Promise<R>
  /** What is said where the engine refuses to store it, by code. */
  readonly refusals?: Readonly<Record<string, WordId>>
  readonly afterStoring?: () => void
  /** What a test depends on: other fields may change without making its answer old. */
  readonly testedPart: (entered: F) => string
  readonly works: (result: R) => boolean
  /** What the answer calls for is entered by itself. */
  readonly suggests?: (result: R, entered: F) => Partial<F>
  /** An answer that is known already when the dialog opens; it stands above the fields, as it asks something. */
  readonly asks?: (stored: S) => R | null
  readonly Answer: React.ComponentType<AnswerProps<S, F, R>>
  /** What stands between the fields and those folded away. */
  readonly Below?: React.ComponentType<{ readonly entered: F }>
}

/** What is entered of a noun, its test, and what becomes of saving it. `edited`: null for a new one, which begins with `start`. */
export function useEditing<S extends { readonly id: string; readonly name: string }, F extends Entries<F> & { readonly name: string }, I, T, R>(
  noun: EditedNoun<S, F, I, T, R>,
  edited: S | null,
  start?: Partial<F>,
) {
  const { t } = useTranslation()
  // A new one may be stored before it is saved, by what its answer asks; from then on it is edited.
  const [stored, setStored] = useState(edited)
  const [entered, setEntered] = useState<F>(() => (edited ? noun.entriesOf(edited) : { ...noun.empty, ...start }))
  const [wrong, setWrong] = useState<Wrong>({})
  const [saving, setSaving] = useState(false)
  const [failure, setFailure] = useState<string | null>(null)
  const [asked] = useState(() => edited && (noun.asks?.(edited) ?? null))
  const { trial, run, forget } = useTrial<R, string>(asked === null ? { state: 'none' } : { state: 'done', result: asked, of: noun.testedPart(entered) })

  const enter = (field: FormField<F, S>, value: string) => {
    const change = { [field.id]: value, ...field.sets?.(value) }
    setEntered((before) => ({ ...before, ...change }))
    setWrong((before) => Object.fromEntries(Object.entries(before).filter(([id]) => !(id in change))))
    if (field.forgetsTest) forget()
  }
  /** The input of what is entered; null: the fields say what is wrong. */
  function read<X>(schema: z.ZodType<X>, of: F, storedNow: S | null): X | null {
    const input = readEntries(noun.fields, schema, noun.inputOf(of, storedNow), of, storedNow)
    setWrong(input.ok ? {} : input.error)
    return input.ok ? input.value : null
  }
  const store = async (): Promise<S | null> => {
    // Only now: while the address may still be corrected, the field stays empty and shows what the name would be.
    const named = { ...entered, name: entered.name.trim() || noun.nameOf(entered, t) }
    setEntered(named)
    const input = read(noun.schema, named, stored)
    if (input === null) return null
    setFailure(null)
    try {
      return stored === null ? await noun.add(input) : await noun.update(stored.id, input)
    } catch (error) {
      const code = error instanceof ORPCError ? error.code : ''
      const refusal = noun.refusals?.[code]
      if (code === 'NAME_TAKEN') setWrong({ name: noun.words.nameTaken })
      else setFailure(refusal === undefined ? t('editing.notSaved', { reason: failureWords(error) }) : wordsById(t, refusal))
      return null
    } finally {
      noun.afterStoring?.()
    }
  }
  const save = async (onSaved: (saved: S) => void) => {
    setSaving(true)
    const saved = await store()
    setSaving(false)
    if (saved === null) return
    toast(wordsById(t, noun.words[stored === null ? 'added' : 'saved'], saved.name))
    onSaved(saved)
  }
  const testOf = async (of: F, storedNow: S | null) => {
    const input = read(noun.testSchema, of, storedNow)
    if (input === null) return
    const result = await run(noun.testedPart(of), (signal) => noun.test(input, storedNow?.id, signal))
    if (result !== null) setEntered((before) => ({ ...before, ...noun.suggests?.(result, before) }))
  }
  const answering: Omit<AnswerProps<S, F, R>, 'result'> = {
    entered,
    stored,
    store: async () => {
      // Untouched fields need no storing, which would only have it reconnect.
      if (stored !== null && noun.testedPart(entered) === noun.testedPart(noun.entriesOf(stored))) return stored
      const saved = await store()
      if (saved !== null) setStored(saved)
      return saved
    },
    retest: (change, storedNow = stored) => {
      const next = { ...entered, ...change }
      setEntered(next)
      setStored(storedNow)
      void testOf(next, storedNow)
    },
  }
  const outdated = trial.state === 'done' && trial.of !== noun.testedPart(entered)
  return {
    stored,
    entered,
    wrong,
    saving,
    failure,
    trial,
    outdated,
    /** What was tested does not work yet. */
    failed: trial.state === 'done' && !noun.works(trial.result) && !outdated,
    /** The answer is the one that was known before: it asks something. */
    asking: asked !== null && trial.state === 'done' && trial.result === asked,
    answering,
    enter,
    save,
    test: () => testOf(entered, stored),
  }
}
