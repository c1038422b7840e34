import type { AlarmChange } from '../alarms.ts'
import type { AlarmNames, AlarmWords } from './alarms/alarmWords.ts'
import { de } from './alarms/de.ts'
import { en } from './alarms/en.ts'
import { ko } from './alarms/ko.ts'
import { ru } from './alarms/ru.ts'
import { zh } from './alarms/zh.ts'
import { catalogueOf } from './catalogue.ts'
import type { Language } from './languages.ts'
import { textOf } from './texts.ts'

const catalogues = catalogueOf<AlarmWords>('alarms', { en, de, zh, ru, ko }, ['*'])

/** What happened to an alarm, without its time. */
export function alarmChangeText(change: AlarmChange, language: Language, names: AlarmNames): string {
  return textOf(catalogues[language], change, names)
}
