import type { SecretsKept } from '../cautions.ts'
import { catalogueOf } from './catalogue.ts'
import type { Language } from './languages.ts'
import { de } from './notices/de.ts'
import { en } from './notices/en.ts'
import { ko } from './notices/ko.ts'
import type { NoticeWords } from './notices/noticeWords.ts'
import { ru } from './notices/ru.ts'
import { zh } from './notices/zh.ts'
import { textOf } from './texts.ts'

export const notices = catalogueOf<NoticeWords>('notices', { en, de, zh, ru, ko }, ['troubles.*', 'secrets.*', 'cautions.*', 'setAside.*'])

/** How secrets are stored on this machine. Not in `noticeText.ts`, because errors of hosts say it too, and events say those. */
export function secretsText(secrets: SecretsKept, language: Language): string {
  return textOf(notices[language].secrets, secrets)
}
