/** Supported languages as BCP 47 tags. A new one needs a file in each folder beside this file, and in `src/locales`. */
export const languages = ['en', 'de', 'zh', 'ru', 'ko'] as const
export type Language = (typeof languages)[number]

export function isLanguage(tag: string): tag is Language {
  return (languages as readonly string[]).includes(tag)
}

/** The first supported language among some tags (BCP 47 such as "de-AT", preferred first), else English. */
export function languageOf(tags: readonly string[]): Language {
  return tags.map((tag) => tag.toLowerCase().split('-')[0] ?? '').find(isLanguage) ?? 'en'
}
