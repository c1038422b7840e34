import { initReactI18next } from 'react-i18next'
import { isLanguage, languageOf, type Language as Tag } from '../../i18n/languages.ts'
import { giveSentences, i18n } from '../../i18n/say.ts'
import type { Messages } from '../../shared/messageIds.ts'
import { writeFiguresIn, writeMomentsIn, writeTimesAsOf } from '../../shared/units.ts'
import { engineNow } from '../ui/now.ts'
import { shell } from './connection.ts'
import { languages } from './languages.ts'
import { preferences, subscribePreferences, zone } from './preferences.ts'

declare module 'i18next' {
  interface CustomTypeOptions {
    readonly resources: { readonly translation: Messages }
  }
}

let wanted: Tag | null = null
/** If loading fails, the language stays the same. */
async function show(tag: Tag): Promise<void> {
  wanted = tag
  const isThere = i18n.hasResourceBundle(tag, 'translation')
  if (isThere && tag === i18n.language && document.documentElement.lang === languages[tag].htmlLang) return
  if (!isThere) {
    try {
      const catalogue = await languages[tag].load()
      giveSentences(tag, catalogue.sentences)
      i18n.addResourceBundle(tag, 'translation', catalogue)
    } catch {
      return
    }
  }
  if (wanted !== tag) return
  // Figures first, so that the redraw for the new texts includes them.
  writeFiguresIn(tag)
  document.documentElement.lang = languages[tag].htmlLang
  await i18n.changeLanguage(tag)
}

// What the document is marked with before React draws anew is what rows of tables go by (`ui/DataTable.tsx`): the zone here, the language above.
function writeInZone() {
  writeMomentsIn(zone)
  document.documentElement.dataset.zone = zone
}

/** Menu and tray use the language of the window. */
const updateDesktopLanguage = () => isLanguage(i18n.language) && shell?.setLanguage(i18n.language)
const fitting = () => languageOf([preferences().language ?? '', ...navigator.languages])
/** By preference, else by the system. Resolves when the texts have loaded: render afterwards, so that no English appears first. */
export async function startLanguage(): Promise<void> {
  initReactI18next.init(i18n)
  writeTimesAsOf(engineNow)
  writeInZone()
  subscribePreferences(() => {
    writeInZone()
    void show(fitting())
  })
  const first = fitting()
  await show(first)
  // Another one was chosen in another window meanwhile.
  if (!i18n.language && fitting() !== first) await show(fitting())
  // Its file could not be fetched; English is better than no words.
  if (!i18n.language) await show('en')
  i18n.on('languageChanged', updateDesktopLanguage)
  updateDesktopLanguage()
}
