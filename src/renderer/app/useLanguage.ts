import { useTranslation } from 'react-i18next'
import { isLanguage, type Language } from '../../i18n/languages.ts'

/** The language of the window. */
export function useLanguage(): Language {
  const { language } = useTranslation().i18n
  return isLanguage(language) ? language : 'en'
}
