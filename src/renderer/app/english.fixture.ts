import { afterAll, beforeAll } from 'vitest'
import { i18n } from '../../i18n/say.ts'
import en from '../../locales/en.json'

/** Gives the tests of a file the window's messages in English. */
export function speakEnglish(): void {
  beforeAll(async () => {
    i18n.addResourceBundle('en', 'translation', en)
    await i18n.changeLanguage('en')
  })
  afterAll(() => {
    i18n.removeResourceBundle('en', 'translation')
  })
}
