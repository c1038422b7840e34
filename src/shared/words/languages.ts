/** Languages that texts are made in, as BCP 47 tags. A new one: its file beside this one, and in `src/renderer/app/words`. */
export const languages = ['en', 'de', 'zh', 'ru', 'ko'] as const
export type Language = (typeof languages)[number]

export const isLanguage = (tag: string): tag is Language => (languages as readonly string[]).includes(tag)
