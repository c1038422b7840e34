import type { AlarmChange } from '../../shared/alarms.ts'
import { searchTerms, searchText } from '../../shared/searchText.ts'
import { partOf } from '../../shared/subjectNames.ts'
import type { ChangedAlarm } from './alarmLife.ts'

/** Whether a camera of this id may be named to somebody. */
export type SeesCamera = (id: string) => boolean

/** Maximum number of searched characters of one alarm. */
const mostLetters = 4_000
/** Number of trigrams looked up per word, of words, and of trigrams that begin with a word of one or two letters: each is a list to be read. */
const mostTrigrams = 4
const mostWords = 8
export const mostBeginning = 64

/** The searchable text of an alarm: names, but neither numbers nor sentences, which differ by language. */
function searchedText({ alarm, changes }: ChangedAlarm, sees: SeesCamera | null): string {
  const camera = alarm.camera === undefined || sees?.(alarm.camera.id) === false ? null : alarm.camera
  const { subject, serverName, kind, rule, said, acknowledged, shelf, origin, why } = alarm
  const texts = [
    partOf(subject),
    serverName,
    camera?.name,
    camera?.place,
    kind,
    rule,
    said,
    acknowledged?.by,
    shelf?.by,
    shelf?.reason,
    origin?.address,
    origin?.agent,
    origin?.source,
  ]
  return searchText([...texts, ...textsIn(why), ...changes.flatMap(textsOf)].filter((text) => typeof text === 'string').join(' ')).slice(0, mostLetters)
}
function textsOf(change: AlarmChange): readonly (string | null)[] {
  if (change.kind === 'commented') return [change.by, change.text]
  if (change.kind === 'shelved') return [change.by, change.reason]
  if ('by' in change) return [change.by]
  return 'trouble' in change ? [change.trouble, ...textsIn(change.why)] : []
}
/** All texts of a reason except those that name a kind. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => (key === 'kind' ? [] : textsIn(inner)))
}

/** Returns a predicate: whether the words of a search occur in what its caller is shown of an alarm. `sees` null: he may see all cameras. */
export function wordsTest(q: string | undefined, sees: SeesCamera | null): (one: ChangedAlarm) => boolean {
  const words = searchTerms(q ?? '')
  return (one) => {
    const text = words.length === 0 ? '' : searchedText(one, sees)
    return words.every((word) => text.includes(word))
  }
}

/** What the index gets of an alarm. It knows whole trigrams only, so that the last letters need some more behind them; a NUL would end the text. */
export function indexedText(one: ChangedAlarm): string {
  return `${searchedText(one, null).replaceAll('\u0000', ' ')}  `
}

/**
 * Query of the index that finds all alarms in which these words occur, and possibly more, as it knows which trigrams an alarm has but not where; null: it
 * can't help. `beginning`: the trigrams that begin with a text, `mostBeginning` at most.
 */
export function indexQuery(q: string | undefined, beginning: (text: string) => readonly string[]): string | null {
  const terms = [...new Set(searchTerms(q ?? ''))].slice(0, mostWords).flatMap((word) => {
    const letters = Array.from(word.toWellFormed().replaceAll('\u0000', ' '))
    if (letters.length >= 3) return trigramsOf(letters).map(quoted)
    // Nearly all have each of these.
    if (letters.length === 1 && word < '\u0080') return []
    const trigrams = beginning(letters.join(''))
    // Not in any text.
    if (trigrams.length === 0) return quoted('\ufffe'.repeat(3))
    return trigrams.length === mostBeginning ? [] : `(${trigrams.map(quoted).join(' OR ')})`
  })
  return terms.length === 0 ? null : terms.join(' AND ')
}
const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`

/** The most selective trigrams: those with digits and non-Latin letters, and those at the end, as many names begin alike. */
function trigramsOf(letters: readonly string[]): readonly string[] {
  const rank = (trigram: string) => Number(/[0-9\u{250}-\u{dfff}\u{e000}-\u{10ffff}]/u.test(trigram))
  const trigrams = new Set(letters.slice(2).map((_, at) => letters.slice(at, at + 3).join('')))
  return [...trigrams]
    .reverse()
    .toSorted((a, b) => rank(b) - rank(a))
    .slice(0, mostTrigrams)
}
