import type { en } from './en.ts'

type PluralForm = 'zero' | 'one' | 'two' | 'few' | 'many' | 'other'
/** Keys with a count, without the plural suffix. Each language has its own plural forms: Russian four, Chinese one. */
type Counted<T> = {
  [K in keyof T & string]: T[K] extends `${string}{{count${string}` ? (K extends `${infer Base}_${PluralForm}` ? Base : K) : never
}[keyof T & string]
/** The keys of English with texts in another language. */
type Texts<T> = { readonly [K in keyof T]?: T[K] extends string ? string : Texts<T[K]> } & {
  readonly [K in `${Counted<T>}_${PluralForm}`]?: string
}

/** Content of a language file. Missing keys are shown in English. */
export type Words = Texts<typeof en>
