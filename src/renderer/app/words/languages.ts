import type { Language as Tag } from '../../../shared/words/languages.ts'
import { en } from './en.ts'
import type { Words } from './words.ts'

interface Language {
  /** As its own speakers call it. */
  readonly name: string
  /** `lang` of the document: which fonts a browser takes for signs that languages share. */
  readonly htmlLang: string
  /** English comes with the console, as the others fall back to it; each other one is fetched when it is chosen. */
  readonly load: () => Promise<Words>
}

/** Every language there is. A new one: in `src/shared/words`, a file beside this one, and a row here. */
export const languages: Readonly<Record<Tag, Language>> = {
  en: { name: 'English', htmlLang: 'en', load: async () => en },
  de: { name: 'Deutsch', htmlLang: 'de', load: () => import('./de.ts').then((file) => file.de) },
  zh: { name: '简体中文', htmlLang: 'zh-Hans', load: () => import('./zh.ts').then((file) => file.zh) },
  ru: { name: 'Русский', htmlLang: 'ru', load: () => import('./ru.ts').then((file) => file.ru) },
  ko: { name: '한국어', htmlLang: 'ko', load: () => import('./ko.ts').then((file) => file.ko) },
}
