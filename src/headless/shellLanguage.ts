import { type Language, languageOf } from '../shared/words/languages.ts'

/** The language of whoever sits at the terminal: the first of these that is set decides, as POSIX has it ("de_DE.UTF-8"). */
export function shellLanguage({ LC_ALL, LC_MESSAGES, LANG }: Readonly<Record<string, string | undefined>>): Language {
  const locale = LC_ALL || LC_MESSAGES || LANG || ''
  return languageOf([locale.split('.')[0]?.replace('_', '-') ?? ''])
}
