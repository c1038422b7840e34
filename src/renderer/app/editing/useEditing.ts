import { ORPCError } from '@orpc/client'
import type { TFunction } from 'i18next'
import { useState } from 'react'
import { toast } from 'sonner'
import type { z } from 'zod'
import { failureText } from '../failureText.ts'
import { useTrial } from '../useTrial.ts'
import { t } from '../words.ts'
import { type Entries, type FormField, readEntries, type WordId, wordsById } from './fields.ts'
import { useValidationErrors } from './useValidationErrors.ts'

interface AnswerProps<S, F, R> {
  readonly result: R
  readonly entered: F
  readonly stored: S | null
  /** Stores the entries if they were changed; null: storing failed, and the dialog says why. */
  readonly store: () => Promise<S | null>
  /** Changes entries and tests again. `stored`: the item that has been stored meanwhile and is edited from now on. */
  readonly retest: (change: Partial<F>, stored?: S | null) => void
}

/** `S`: the stored item, `F`: its entries, `I`: input of the contract, `T`: input of its test, `R`: result of the test. */
export interface EditedNoun<S, F, I, T, R> {
  readonly title: WordId
  readonly fields: readonly FormField<F, S>[]
  readonly empty: F
  readonly entriesOf: (stored: S) => F
  readonly nameOf: (entered: F, t: TFunction) => string
  readonly inputOf: (entered: F, stored: S | null) => unknown
  readonly schema: z.ZodType<I>
  readonly testSchema: z.ZodType<T>
  readonly add: (input: I) => Promise<S>
  readonly update: (id: string, change: I) => Promise<S>
  /** `id`: the stored item whose secret the test may use. */
  readonly test: (input: T, id: string | undefined, signal: AbortSignal) => Promise<R>
  readonly refusals?: Readonly<Record<string, WordId>>
  readonly afterStoring?: () => void
  /** A change of other entries does not make a test's result outdated. */
  readonly testedPart: (entered: F) => string
  readonly works: (result: R) => boolean
  readonly suggests?: (result: R, entered: F) => Partial<F>
  /** A result known at opening that asks the operator something; shown above the fields. */
  readonly asks?: (stored: S) => R | null
  readonly Answer: React.ComponentType<AnswerProps<S, F, R>>
  readonly Below?: React.ComponentType<{ readonly entered: F }>
}

/** `edited` is null for a new item, which begins with `start`. */
export function useEditing<S extends { readonly id: string; readonly name: string }, F extends Entries<F> & { readonly name: string }, I, T, R>(
  noun: EditedNoun<S, F, I, T, R>,
  edited: S | null,
  start?: Partial<F>,
) {
  // A new item may be stored through the test result; from then on it is edited.
  const [stored, setStored] = useState(edited)
  const [entered, setEntered] = useState<F>(() => (edited ? noun.entriesOf(edited) : { ...noun.empty, ...start }))
  const { wrong, form, refuse, forget: correct } = useValidationErrors()
  const [saving, setSaving] = useState(false)
  const [failure, setFailure] = useState<string | null>(null)
  const [asked] = useState(() => edited && (noun.asks?.(edited) ?? null))
  const { trial, run, forget } = useTrial<R, string>(asked === null ? { state: 'none' } : { state: 'done', result: asked, of: noun.testedPart(entered) })

  const enter = (field: FormField<F, S>, value: string) => {
    const change = { [field.id]: value, ...field.sets?.(value) }
    setEntered((before) => ({ ...before, ...change }))
    correct(Object.keys(change))
    if (field.forgetsTest) forget()
  }
  /** null: the fields show the mistakes. */
  function read<X>(schema: z.ZodType<X>, of: F, storedNow: S | null): X | null {
    const input = readEntries(noun.fields, schema, noun.inputOf(of, storedNow), of, storedNow)
    refuse(input.ok ? {} : input.error)
    return input.ok ? input.value : null
  }
  const store = async (): Promise<S | null> => {
    // Filled in only now: while the address may still change, the field stays empty with the name as a placeholder.
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
      if (code === 'NAME_TAKEN') refuse({ name: 'common.nameTaken' })
      else setFailure(refusal === undefined ? t('common.failedReason', { reason: failureText(error) }) : wordsById(t, refusal))
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
    toast(t(stored === null ? 'common.wasAdded' : 'common.wasSaved', { name: saved.name }))
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
      // An unchanged item is not stored, which would only cause a reconnect.
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
    form,
    saving,
    failure,
    trial,
    outdated,
    failed: trial.state === 'done' && !noun.works(trial.result) && !outdated,
    /** The initial result is shown, which asks something. */
    asking: asked !== null && trial.state === 'done' && trial.result === asked,
    answering,
    enter,
    save,
    test: () => testOf(entered, stored),
  }
}
