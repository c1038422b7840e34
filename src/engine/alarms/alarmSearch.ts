import { createHash } from 'node:crypto'
import type { AlarmChange, PastAlarmsInput } from '../../shared/alarms.ts'
import { searchText, searchWords } from '../../shared/searchText.ts'
import { ownerIdOf, partOf, pathOf } from '../../shared/subjectNames.ts'
import type { ChangedAlarm } from './alarmLife.ts'
import { ruleOf } from './conditions.ts'

/** What closed alarms are searched by. `path` null: those of whole servers, hosts and their parts. */
export type AlarmSearch = Pick<PastAlarmsInput, 'q' | 'severity' | 'serverId' | 'rule'> & { readonly path?: string | null | undefined }

/** Letters of one alarm that are searched. */
const mostLetters = 4_000
/** So many parts of a word are looked up at most, and of so many words: each is a list to be walked through, and a few tell nearly as much as all. */
const mostGrams = 6
const mostWords = 8

/** 48 bits that stand for a text. */
export const hash48 = (text: string): number => createHash('sha256').update(text).digest().readUIntBE(0, 6)

/** What is searched of an alarm: names, never numbers nor sentences, which are another one in each language. */
export function searchedText({ alarm, changes }: ChangedAlarm): string {
  const { subject, serverName, kind, rule, said, acknowledged, shelf, origin, why } = alarm
  const texts = [partOf(subject), serverName, kind, rule, said, acknowledged?.by, shelf?.by, shelf?.reason, origin?.address, origin?.agent, origin?.source]
  return searchText([...texts, ...textsIn(why), ...changes.flatMap(textsOf)].filter((text) => typeof text === 'string').join(' ')).slice(0, mostLetters)
}
function textsOf(change: AlarmChange): readonly (string | null)[] {
  if (change.kind === 'commented') return [change.by, change.text]
  if (change.kind === 'shelved') return [change.by, change.reason]
  if ('by' in change) return [change.by]
  const said = 'why' in change ? textsIn([change.why, 'said' in change ? change.said : undefined]) : []
  return 'trouble' in change ? [change.trouble, ...said] : said
}
/** The texts of a reason but those that say of which kind something is. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => (key === 'kind' ? [] : textsIn(inner)))
}

/** Whether an alarm is what was asked for. */
export function searchTest({ q, severity, serverId, path, rule }: AlarmSearch): (one: ChangedAlarm) => boolean {
  const words = searchWords(q ?? '')
  return (one) => {
    const { subject } = one.alarm
    if (severity !== undefined && !severity.includes(one.alarm.severity)) return false
    if (serverId !== undefined && !serverId.includes(ownerIdOf(subject))) return false
    if ((path !== undefined && pathOf(subject) !== path) || (rule !== undefined && ruleOf(one.alarm) !== rule)) return false
    const text = words.length === 0 ? '' : searchedText(one)
    return words.every((word) => text.includes(word))
  }
}

// The index knows tokens only: three neighbouring letters of a word each, so that any part of a word is found in any script, and one for each value
// that is filtered by. The tokenizer takes what is not ASCII as it is, so that no token has a meaning in a query.
const token = { severity: '\ue101', owner: '\ue102', path: '\ue103', rule: '\ue104' } as const
/** What no path is: alarms of whole servers, hosts and their parts. */
const noPath = ''
const hashed = (prefix: string, text: string): string => prefix + hash48(text).toString(36)
const ofOwner = (ownerId: string): string => hashed(token.owner, ownerId)
const ofPath = (path: string | null): string => hashed(token.path, path ?? noPath)
const ofRule = (rule: string): string => hashed(token.rule, rule)

const isPlain = /[a-z0-9\u{80}-\u{10ffff}]/u
/** Letters of a word; signs of ASCII, which would separate tokens, stand in the private use area. */
const lettersOf = (word: string): readonly string[] =>
  Array.from(word.toWellFormed(), (letter) => (isPlain.test(letter) ? letter : String.fromCharCode(0xe000 + letter.charCodeAt(0))))

/** What the index has of an alarm: its tokens, with spaces between. */
export function indexedTokens(one: ChangedAlarm): string {
  const { severity, subject } = one.alarm
  const tokens = new Set([token.severity + severity, ofOwner(ownerIdOf(subject)), ofPath(pathOf(subject)), ofRule(ruleOf(one.alarm))])
  for (const word of searchedText(one).split(/\s+/)) {
    const letters = lettersOf(word)
    // The last ones are shorter: they are found by their beginning.
    for (const at of letters.keys()) tokens.add(letters.slice(at, at + 3).join(''))
  }
  return [...tokens].join(' ')
}

/** The parts of a word that are looked up. */
function gramsOf(word: string): readonly string[] {
  const letters = lettersOf(word)
  if (letters.length < 3) return [`"${letters.join('')}"*`]
  const grams = letters.slice(2).map((_, at) => letters.slice(at, at + 3).join(''))
  // Numbers, and what is not Latin, tell streams apart; the last letters do more than the first ones, which many share.
  const rank = (gram: string) => Number(/[0-9\u{250}-\u{dfff}\u{e100}-\u{10ffff}]/u.test(gram))
  return grams
    .reverse()
    .toSorted((a, b) => rank(b) - rank(a))
    .slice(0, mostGrams)
    .map((gram) => `"${gram}"`)
}

/** The term that finds one of several values; none: any. */
const anyOf = (values: readonly string[] | undefined, tokenOf: (value: string) => string): readonly string[] =>
  values === undefined ? [] : [`(${values.map((value) => `"${tokenOf(value)}"`).join(' OR ')})`]

/** The query of the index that finds what is asked for, and maybe more; null: everything. */
export function indexQuery({ q, severity, serverId, path, rule }: AlarmSearch): string | null {
  const words = [...new Set(searchWords(q ?? ''))].slice(0, mostWords).flatMap(gramsOf)
  const terms = [
    ...anyOf(serverId, ofOwner),
    ...(path === undefined ? [] : [`"${ofPath(path)}"`]),
    ...(rule === undefined ? [] : [`"${ofRule(rule)}"`]),
    ...anyOf(severity, (one) => token.severity + one),
    ...words,
  ]
  return terms.length === 0 ? null : terms.join(' AND ')
}
