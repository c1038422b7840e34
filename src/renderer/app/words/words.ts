import type { en } from './en.ts'

type PluralForm = 'zero' | 'one' | 'two' | 'few' | 'many' | 'other'
/** Keys that speak of a count, without their form. Each language has its own forms of them: Russian four, Chinese one. */
type Counted<T> = {
  [K in keyof T & string]: T[K] extends `${string}{{count${string}` ? (K extends `${infer Base}_${PluralForm}` ? Base : K) : never
}[keyof T & string]
/** Keys of English with other texts. */
type Texts<T> = { readonly [K in keyof T]?: T[K] extends string ? string : Texts<T[K]> } & {
  readonly [K in `${Counted<T>}_${PluralForm}`]?: string
}

/** What a language file holds. What it leaves out is shown in English. */
export type Words = Texts<typeof en>
