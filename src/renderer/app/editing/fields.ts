import type { ParseKeys, TFunction } from 'i18next'
import type { z } from 'zod'
import { err, ok, type Result } from '../../../shared/result.ts'

/** Id of words in the catalogue. */
export type WordId = ParseKeys

/** The words of an id from a table; some name what they are about. */
export const wordsById = (t: TFunction, id: WordId, name = ''): string => t(id as 'hosts.form.edit', { name })

/** What stands in the fields of a dialog, as text. */
export type Entries<F> = { readonly [K in keyof F]: string }

type Words<F, S> = (t: TFunction, entered: F, stored: S | null) => string | undefined

/** A field of a dialog. `F`: its entries; `S`: what is edited, null while it is new. */
export interface FormField<F, S = null> {
  readonly id: keyof F & string
  /** `lines`: a text of several lines. */
  readonly kind: 'text' | 'secret' | 'lines' | 'choice'
  readonly label: WordId
  readonly help?: WordId | Words<F, S>
  readonly placeholder?: string | Words<F, S>
  /** Of a choice: named by the catalogue, or by what somebody called it. */
  readonly options?: readonly { readonly value: string; readonly label: WordId | { readonly name: string } }[]
  readonly shown?: (entered: F) => boolean
  /** What else is entered with it. */
  readonly sets?: (value: string) => Partial<F>
  /** It is another machine: what a test found of the one before is of no use. */
  readonly forgetsTest?: boolean
  /** What is said where the schema refuses the entry. */
  readonly wrong?: WordId | ((issue: z.core.$ZodIssue) => WordId)
  /** Why the entry cannot be used, where the schema accepts it: a secret may only be left out where one is stored. */
  readonly refuse?: (entered: F, stored: S | null) => WordId | null
  /** Folded away at first. */
  readonly more?: boolean
  /** Fields with the same legend stand together under it, below the others. */
  readonly legend?: { readonly label: WordId; readonly help: WordId }
  /** Half of the width; `right`: below the right one of the line above. */
  readonly half?: true | 'right'
  readonly input?: Readonly<Pick<React.ComponentProps<'input'>, 'inputMode' | 'className' | 'maxLength'>> & { readonly rows?: number }
}

/** What is wrong, by field. */
export type Wrong = Readonly<Partial<Record<string, WordId>>>

export const shownFields = <F, S>(fields: readonly FormField<F, S>[], entered: F) => fields.filter((field) => field.shown?.(entered) ?? true)

/** The input for the engine, or what is wrong: by the schema of the contract, and by what a field refuses besides. */
export function readEntries<F extends Entries<F>, S, I>(
  fields: readonly FormField<F, S>[],
  schema: z.ZodType<I>,
  input: unknown,
  entered: F,
  stored: S | null,
): Result<I, Wrong> {
  const shown = shownFields(fields, entered)
  const wrong: Partial<Record<string, WordId>> = {}
  for (const field of shown) {
    const refused = field.refuse?.(entered, stored) ?? null
    if (refused !== null) wrong[field.id] = refused
  }
  const read = schema.safeParse(input)
  for (const issue of read.error?.issues ?? []) {
    const judged = shown.filter((field) => field.wrong !== undefined)
    const field = issue.path.flatMap((part) => judged.find(({ id }) => id === part) ?? []).at(-1) ?? judged[0]
    if (field?.wrong !== undefined) wrong[field.id] ??= typeof field.wrong === 'function' ? field.wrong(issue) : field.wrong
  }
  return read.success && Object.keys(wrong).length === 0 ? ok(read.data) : err(wrong)
}

/** A number as it is typed, with a point or a comma. Nothing is left to the schema's own default. */
export const numberEntered = (text: string): number | undefined => (text.trim() === '' ? undefined : Number(text.trim().replace(',', '.')))
/** Several, on a line each or with commas between. */
export const listEntered = (text: string): readonly string[] => text.split(/[\n,]/).flatMap((one) => one.trim() || [])
/** null where nothing is entered. */
export const textEntered = (text: string): string | null => text.trim() || null
