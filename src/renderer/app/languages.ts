import type { Language as Tag } from '../../i18n/languages.ts'
import type { Catalogue } from '../../locales/filledIn.ts'

interface Language {
  readonly name: string
  /** `lang` of the document, which selects fonts for characters shared by languages. */
  readonly htmlLang: string
  readonly load: () => Promise<{ readonly sentences: Catalogue }>
}

/** All languages. A new one needs files in `src/i18n`, its catalogue in `src/locales`, and a row here. */
export const languages: Readonly<Record<Tag, Language>> = {
  en: { name: 'English', htmlLang: 'en', load: () => import('../../locales/en.json').then((file) => file.default) },
  de: { name: 'Deutsch', htmlLang: 'de', load: () => import('../../locales/de.json').then((file) => file.default) },
  zh: { name: '简体中文', htmlLang: 'zh-Hans', load: () => import('../../locales/zh.json').then((file) => file.default) },
  ru: { name: 'Русский', htmlLang: 'ru', load: () => import('../../locales/ru.json').then((file) => file.default) },
  ko: { name: '한국어', htmlLang: 'ko', load: () => import('../../locales/ko.json').then((file) => file.default) },
}
