import { type Language, languageOf } from '../shared/words/languages.ts'

/** The language of the terminal's user: the first of these variables that is set decides, as in POSIX ("de_DE.UTF-8"). */
export function shellLanguage({ LC_ALL, LC_MESSAGES, LANG }: Readonly<Record<string, string | undefined>>): Language {
  const locale = LC_ALL || LC_MESSAGES || LANG || ''
  return languageOf([locale.split('.')[0]?.replace('_', '-') ?? ''])
}
