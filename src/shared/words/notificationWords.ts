import { catalogueOf } from './catalogue.ts'
import { de } from './notifications/de.ts'
import { en } from './notifications/en.ts'
import { ko } from './notifications/ko.ts'
import type { NotificationWords } from './notifications/notificationWords.ts'
import { ru } from './notifications/ru.ts'
import { zh } from './notifications/zh.ts'

/** What stands around an alarm in messages to people. */
export const notificationWords = catalogueOf<NotificationWords>('notifications', { en, de, zh, ru, ko }, ['stillAfter', 'summed'])
