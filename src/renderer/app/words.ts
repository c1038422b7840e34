import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { isLanguage, type Language } from '../../i18n/languages.ts'
import { i18n } from '../../i18n/say.ts'

/**
 * The window's messages, in its language. Another language draws the frame and the page anew, and so all that is in them. What is made once, such
 * as the columns of a table, is made by `useInLanguage`; what else is remembered (`useMemo`, `memo` …) lists the language of `useLanguage`.
 */
export const { t } = i18n
export let language: Language = 'en'
i18n.on('languageChanged', (tag) => {
  language = isLanguage(tag) ? tag : 'en'
})

/** Another language draws the component anew. */
export function useLanguage(): Language {
  useTranslation()
  return language
}

/** `make` takes its words from `t` and `language`. */
export function useInLanguage<Made>(make: () => Made): Made {
  const tag = useLanguage()
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is made has words of the language
  return useMemo(make, [tag])
}
