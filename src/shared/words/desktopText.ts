import { de } from './desktop/de.ts'
import type { DesktopWords } from './desktop/desktopWords.ts'
import { en } from './desktop/en.ts'
import { ko } from './desktop/ko.ts'
import { ru } from './desktop/ru.ts'
import { zh } from './desktop/zh.ts'
import type { Language } from './languages.ts'

/** Kept apart from `engineFailureText`, which needs many more catalogues, while the main process needs only these words. */
export const desktopWords: Readonly<Record<Language, DesktopWords>> = { en, de, zh, ru, ko }
