import type { Language } from './languages.ts'
import { de } from './told/de.ts'
import { en } from './told/en.ts'
import { ko } from './told/ko.ts'
import { ru } from './told/ru.ts'
import type { ToldWords } from './told/toldWords.ts'
import { zh } from './told/zh.ts'

/** What stands around an alarm in messages to people. */
export const toldWords: Readonly<Record<Language, ToldWords>> = { en, de, zh, ru, ko }
