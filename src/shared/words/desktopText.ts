import { catalogueOf } from './catalogue.ts'
import { de } from './desktop/de.ts'
import type { DesktopWords } from './desktop/desktopWords.ts'
import { en } from './desktop/en.ts'
import { ko } from './desktop/ko.ts'
import { ru } from './desktop/ru.ts'
import { zh } from './desktop/zh.ts'

/** Kept apart from `engineFailureText`, which needs many more catalogues, while the main process needs only these words. */
export const desktopWords = catalogueOf<DesktopWords>('desktop', { en, de, zh, ru, ko }, ['failures.*'])
