import type { ParseKeys, TFunction } from 'i18next'
import type { z } from 'zod'
import { err, ok, type Result } from '../../../shared/result.ts'
import { type ValidationError, validationErrorOf } from '../../../shared/validationErrors.ts'

export type WordId = ParseKeys

export function wordsById(t: TFunction, id: WordId): string {
  return t(id as 'common.add')
}

export type Entries<F> = { readonly [K in keyof F]: string }

export function entriesOfIds<Id extends string>(ids: readonly Id[], textOf: (id: Id) => string): Record<Id, string> {
  return Object.fromEntries(ids.map((id) => [id, textOf(id)])) as Record<Id, string>
}

export type Label = WordId | { readonly name: string }
export function labelText(t: TFunction, label: Label): string {
  return typeof label === 'object' ? label.name : wordsById(t, label)
}

type Words<F, S> = (t: TFunction, entered: F, stored: S | null) => string | undefined

/** `F`: the dialog's entries; `S`: the stored item, null while it is new. */
export interface FormField<F, S = null> {
  readonly id: keyof F & string
  /** `lines`: multi-line text. `tick`: `yes`, or empty. */
  readonly kind: 'text' | 'secret' | 'lines' | 'choice' | 'tick'
  readonly label: Label
  readonly help?: WordId | Words<F, S>
  readonly placeholder?: string | Words<F, S>
  readonly options?: readonly { readonly value: string; readonly label: Label }[]
  readonly shown?: (entered: F) => boolean
  /** Other entries to set with this one. */
  readonly sets?: (value: string) => Partial<F>
  /** A change means another machine, so an earlier test result is discarded. */
  readonly forgetsTest?: boolean
  /** Message if the schema refuses the entry and the contract's own does not tell what to enter. */
  readonly wrong?: WordId
  /** Further check, for example that a secret is left out only if one is stored. */
  readonly refuse?: (entered: F, stored: S | null) => WordId | null
  /** Initially collapsed: among more settings, or under this heading. */
  readonly more?: true | WordId
  readonly legend?: { readonly label: WordId; readonly help?: WordId }
  /** Half width; `right`: aligned with the right field of the line above. */
  readonly half?: true | 'right'
  /** Helps to enter the lines above it. */
  readonly aid?: (value: string, enter: (value: string) => void, disabled: boolean) => React.ReactNode
  readonly input?: Readonly<Pick<React.ComponentProps<'input'>, 'inputMode' | 'className' | 'maxLength' | 'autoComplete'>> & { readonly rows?: number }
}

/** Mistakes by field: of the catalogue, in words, or as the contract says them with keys that are field ids. */
export type Wrong = Readonly<Partial<Record<string, WordId | { readonly said: string } | { readonly validationError: ValidationError }>>>

export function shownFields<F, S>(fields: readonly FormField<F, S>[], entered: F) {
  return fields.filter((field) => field.shown?.(entered) ?? true)
}

/** The engine's input, or mistakes found by the contract's schema and the fields' own checks. */
export function readEntries<F extends Entries<F>, S, I>(
  fields: readonly FormField<F, S>[],
  schema: z.ZodType<I>,
  input: unknown,
  entered: F,
  stored: S | null,
): Result<I, Wrong> {
  const shown = shownFields(fields, entered)
  const wrong: { -readonly [Id in keyof Wrong]: Wrong[Id] } = {}
  for (const field of shown) {
    const refused = field.refuse?.(entered, stored) ?? null
    if (refused !== null) wrong[field.id] = refused
  }
  const read = schema.safeParse(input)
  const typed = shown.find(({ kind }) => kind !== 'choice' && kind !== 'tick')
  for (const issue of read.error?.issues ?? []) {
    const field = issue.path.flatMap((part) => shown.find(({ id }) => id === part) ?? []).at(-1) ?? typed
    if (field === undefined) continue
    const validationError = validationErrorOf(issue)
    wrong[field.id] ??= validationError.kind === 'hiddenCharacter' ? { validationError } : (field.wrong ?? { validationError })
  }
  return read.success && Object.keys(wrong).length === 0 ? ok(read.data) : err(wrong)
}

/** Accepts a decimal point or comma. Empty: undefined, so that the schema's default applies. */
export function numberEntered(text: string): number | undefined {
  return text.trim() === '' ? undefined : Number(text.trim().replace(',', '.'))
}
/** One item per line or separated by commas. */
export function listEntered(text: string): readonly string[] {
  return text.split(/[\n,]/).flatMap((one) => one.trim() || [])
}
/** Trimmed; null if empty. */
export function textEntered(text: string): string | null {
  return text.trim() || null
}

/** A mistake with other names for the keys of the configuration file. Secrets have one key, and one field. */
export function namedValidationError(validationError: ValidationError, nameOf: (key: string) => string): ValidationError {
  switch (validationError.kind) {
    case 'missing':
      return { kind: 'missing', key: nameOf(validationError.key) }
    case 'noneGiven':
      return { kind: 'empty' }
    default:
      return validationError
  }
}

export const noReason = { reason: '' }
type ReasonEntry = Readonly<typeof noReason>

/** The field of a reason that is kept with what was done. */
export function reasonFields(words: Pick<FormField<ReasonEntry>, 'label' | 'help'>): readonly FormField<ReasonEntry>[] {
  return [{ id: 'reason', kind: 'text', ...words, input: { maxLength: 200 } }]
}

export function readReason({ reason }: ReasonEntry): Result<string, Wrong> {
  const given = reason.trim()
  return given === '' ? err({ reason: { validationError: { kind: 'empty' } } }) : ok(given)
}
