import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'
import { formatValue, writeFiguresIn, writeMomentsIn } from '../../../shared/units.ts'
import { isLanguage, languageOf, type Language as Tag } from '../../../shared/words/languages.ts'
import { shell } from '../connection.ts'
import { preferences, subscribePreferences } from '../preferences.ts'
import { en } from './en.ts'
import { languages } from './languages.ts'

declare module 'i18next' {
  interface CustomTypeOptions {
    readonly resources: { readonly translation: typeof en }
  }
}

let wanted: Tag = 'en'
/** Shows the console in a language as soon as its words are here; until then, and if they can't be had, it stays as it is. */
async function show(tag: Tag): Promise<void> {
  wanted = tag
  if (tag === i18next.language) return
  if (!i18next.hasResourceBundle(tag, 'translation')) {
    try {
      i18next.addResourceBundle(tag, 'translation', await languages[tag].load())
    } catch {
      // They come from where the console came from, and are asked for again with the next choice.
      return
    }
  }
  // Another one may have been chosen meanwhile.
  if (wanted !== tag) return
  // First the figures: what is drawn for the new words takes them along.
  writeFiguresIn(tag)
  document.documentElement.lang = languages[tag].htmlLang
  await i18next.changeLanguage(tag)
}

/** Menu and tray speak the language of the window. */
const updateDesktopLanguage = () => isLanguage(i18next.language) && shell?.setLanguage(i18next.language)

const fitting = () => languageOf([preferences().language ?? '', ...navigator.languages])

/**
 * Chooses the language by the operator's switch, else by the system. Settles when its words are here: draw then, and
 * nothing is seen in English first.
 */
export async function startLanguage(): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: 'en',
    fallbackLng: 'en',
    resources: { en: { translation: en } },
    // React escapes.
    interpolation: { escapeValue: false },
  })
  // One writer of numbers in all languages.
  i18next.services.formatter?.add('number', (value: unknown) => formatValue(typeof value === 'number' ? value : null, 'count'))
  writeMomentsIn(preferences().zone)
  subscribePreferences(() => {
    writeMomentsIn(preferences().zone)
    void show(fitting())
  })
  await show(fitting())
  i18next.on('languageChanged', updateDesktopLanguage)
  updateDesktopLanguage()
}
