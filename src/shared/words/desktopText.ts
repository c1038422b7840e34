import { de } from './desktop/de.ts'
import type { DesktopWords } from './desktop/desktopWords.ts'
import { en } from './desktop/en.ts'
import { ko } from './desktop/ko.ts'
import { ru } from './desktop/ru.ts'
import { zh } from './desktop/zh.ts'
import type { Language } from './languages.ts'

/** Apart from `engineFailureText`: that needs the words of much else, and main these alone. */
export const desktopWords: Readonly<Record<Language, DesktopWords>> = { en, de, zh, ru, ko }
