import type { Language as Tag } from '../../../shared/words/languages.ts'
import { en } from './en.ts'
import type { Words } from './words.ts'

interface Language {
  /** Name in the language itself. */
  readonly name: string
  /** `lang` of the document, which selects fonts for characters shared by languages. */
  readonly htmlLang: string
  /** Loads the texts. English is included, as the fallback; others are fetched when chosen. */
  readonly load: () => Promise<Words>
}

/** All languages. A new one needs files in `src/shared/words`, a file beside this one, and a row here. */
export const languages: Readonly<Record<Tag, Language>> = {
  en: { name: 'English', htmlLang: 'en', load: async () => en },
  de: { name: 'Deutsch', htmlLang: 'de', load: () => import('./de.ts').then((file) => file.de) },
  zh: { name: '简体中文', htmlLang: 'zh-Hans', load: () => import('./zh.ts').then((file) => file.zh) },
  ru: { name: 'Русский', htmlLang: 'ru', load: () => import('./ru.ts').then((file) => file.ru) },
  ko: { name: '한국어', htmlLang: 'ko', load: () => import('./ko.ts').then((file) => file.ko) },
}
