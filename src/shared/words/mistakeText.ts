import { type Facts, type Say, sayIn } from '../../i18n/say.ts'
import type { Mistake, Problem } from '../mistakes.ts'
import type { Language } from './languages.ts'

/** What is wrong with a value that was entered. Without a full stop, because it may follow its key. */
export function mistakeText(mistake: Mistake, language: Language): string {
  const say = sayIn(language)
  if (mistake.kind === 'said') return mistake.text
  if (mistake.kind === 'noServerOfName') return mistakeText({ ...mistake, kind: 'noSuchName', text: mistake.name }, language)
  return say(`mistakes.${mistake.kind}`, { ...mistake, ...inWords(mistake, say) })
}

/** The form of the sentence, and facts that need words. */
function inWords(mistake: Exclude<Mistake, { readonly kind: 'said' | 'noServerOfName' }>, say: Say): Facts {
  switch (mistake.kind) {
    case 'notPem':
      return { context: mistake.what }
    case 'notOfType':
      return { context: mistake.type }
    case 'clearOnWrongSide':
      return { context: mistake.side }
    case 'scopeUnfit':
      return { context: mistake.metric === null ? 'any' : undefined, of: say(`mistakes.ofSubject.${mistake.of}`) }
    case 'unknownKey':
    case 'noSuchRule':
    case 'noSuchName':
      return { context: mistake.meant !== null ? 'meant' : mistake.known.length > 0 ? 'known' : 'none' }
    case 'fileUnreadable':
    case 'configurationUnreadable':
      return { because: unreadableText(mistake.code, say) }
    default:
      return {}
  }
}

const knownCodes = ['ENOENT', 'EACCES', 'EINVAL', 'EFBIG'] as const

/** Why a file can't be read, by the code of the system. */
function unreadableText(code: string, say: Say): string {
  const known = knownCodes.find((one) => one === (code === 'EISDIR' ? 'EINVAL' : code))
  return known === undefined ? code : say(`mistakes.unreadable.${known}`)
}

/** A mistake after its location: `mtxdeck.yaml:7:5: servers[0].intervalSeconds: expected a number`. */
export function problemText({ at, key, mistake }: Problem, language: Language): string {
  return [at, key, mistakeText(mistake, language)].filter((part) => part !== '').join(': ')
}
/** One mistake per line. */
export function problemsText(problems: readonly Problem[], language: Language): string {
  return problems.map((problem) => problemText(problem, language)).join('\n')
}
