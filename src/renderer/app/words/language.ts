import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'
import { formatValue } from '../../../shared/units.ts'
import { preferences, subscribePreferences } from '../preferences.ts'
import { de } from './de.ts'
import { en } from './en.ts'

/** Keys of English with other texts: what a language file holds. What it leaves out is shown in English. */
type Texts<T> = { readonly [K in keyof T]?: T[K] extends string ? string : Texts<T[K]> }
export type Words = Texts<typeof en>

/** Every language there is. A new one: a file beside this one, and a row here. */
export const languages: Readonly<Record<string, { readonly name: string; readonly words: Words }>> = {
  en: { name: 'English', words: en },
  de: { name: 'Deutsch', words: de },
}

declare module 'i18next' {
  interface CustomTypeOptions {
    readonly resources: { readonly translation: typeof en }
  }
}

const fitting = (): string => {
  const wanted = preferences().language
  if (wanted !== null && languages[wanted]) return wanted
  for (const tag of navigator.languages) {
    const language = tag.toLowerCase().split('-')[0] ?? ''
    if (languages[language]) return language
  }
  return 'en'
}

/** Chooses the language by the operator's switch, else by the system. */
export const startLanguage = (): void => {
  void i18next.use(initReactI18next).init({
    lng: fitting(),
    fallbackLng: 'en',
    resources: Object.fromEntries(Object.entries(languages).map(([tag, { words }]) => [tag, { translation: words }])),
    // React escapes.
    interpolation: { escapeValue: false },
  })
  // One writer of numbers in all languages.
  i18next.services.formatter?.add('number', (value: unknown) => formatValue(typeof value === 'number' ? value : null, 'count'))
  document.documentElement.lang = i18next.language
  subscribePreferences(() => {
    const language = fitting()
    if (language === i18next.language) return
    void i18next.changeLanguage(language)
    document.documentElement.lang = language
  })
}
