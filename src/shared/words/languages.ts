/** Languages that texts are made in, as BCP 47 tags. A new one: its file in each folder beside this one, and in `src/renderer/app/words`. */
export const languages = ['en', 'de', 'zh', 'ru', 'ko'] as const
export type Language = (typeof languages)[number]

export const isLanguage = (tag: string): tag is Language => (languages as readonly string[]).includes(tag)

/** The first language of some (BCP 47 tags such as "de-AT", best first) that there is, else English. */
export const languageOf = (tags: readonly string[]): Language => tags.map((tag) => tag.toLowerCase().split('-')[0] ?? '').find(isLanguage) ?? 'en'
