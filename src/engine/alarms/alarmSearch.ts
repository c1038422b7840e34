import { createHash } from 'node:crypto'
import type { AlarmChange, PastAlarmsInput } from '../../shared/alarms.ts'
import { searchTerms, searchText } from '../../shared/searchText.ts'
import { ownerIdOf, partOf, pathOf } from '../../shared/subjectNames.ts'
import type { ChangedAlarm } from './alarmLife.ts'
import { ruleOf } from './conditions.ts'

/** Search criteria for closed alarms. `path` null: alarms of whole servers, of hosts and of their parts. */
export type AlarmSearch = Pick<PastAlarmsInput, 'q' | 'severity' | 'serverId' | 'rule'> & { readonly path?: string | null | undefined }

/** Maximum number of searched characters of one alarm. */
const mostLetters = 4_000
/** Maximum number of trigrams looked up per word, and of words: each costs a list scan, and a few are nearly as selective as all. */
const mostGrams = 6
const mostText = 8

/** 48-bit hash of a text. */
export function hash48(text: string): number {
  return createHash('sha256').update(text).digest().readUIntBE(0, 6)
}

/** The searchable text of an alarm: names, but neither numbers nor sentences, which differ by language. */
function searchedText({ alarm, changes }: ChangedAlarm): string {
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
/** All texts of a reason except those that name a kind. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => (key === 'kind' ? [] : textsIn(inner)))
}

/** Returns a predicate: whether an alarm matches the search. */
export function searchTest({ q, severity, serverId, path, rule }: AlarmSearch): (one: ChangedAlarm) => boolean {
  const words = searchTerms(q ?? '')
  return (one) => {
    const { subject } = one.alarm
    if (severity !== undefined && !severity.includes(one.alarm.severity)) return false
    if (serverId !== undefined && !serverId.includes(ownerIdOf(subject))) return false
    if ((path !== undefined && pathOf(subject) !== path) || (rule !== undefined && ruleOf(one.alarm) !== rule)) return false
    const text = words.length === 0 ? '' : searchedText(one)
    return words.every((word) => text.includes(word))
  }
}

// The index contains tokens only: trigrams of each word, so that any part of a word is found in any script, and one token for each value that can be
// filtered by. The tokenizer leaves non-ASCII characters unchanged, so no token has a special meaning in a query.
const token = { severity: '\ue101', owner: '\ue102', path: '\ue103', rule: '\ue104' } as const
/** Stands for alarms without a path, those of whole servers, of hosts and of their parts: no path is empty. */
const noPath = ''
const hashed = (prefix: string, text: string): string => prefix + hash48(text).toString(36)
const ofOwner = (ownerId: string): string => hashed(token.owner, ownerId)
const ofPath = (path: string | null): string => hashed(token.path, path ?? noPath)
const ofRule = (rule: string): string => hashed(token.rule, rule)

const isPlain = /[a-z0-9\u{80}-\u{10ffff}]/u
/** Characters of a word; ASCII punctuation, which would separate tokens, is mapped to the private use area. */
const lettersOf = (word: string): readonly string[] =>
  Array.from(word.toWellFormed(), (letter) => (isPlain.test(letter) ? letter : String.fromCharCode(0xe000 + letter.charCodeAt(0))))

/** The index entry of an alarm: its tokens, separated by spaces. */
export function indexedTokens(one: ChangedAlarm): string {
  const { severity, subject } = one.alarm
  const tokens = new Set([token.severity + severity, ofOwner(ownerIdOf(subject)), ofPath(pathOf(subject)), ofRule(ruleOf(one.alarm))])
  for (const word of searchedText(one).split(/\s+/)) {
    const letters = lettersOf(word)
    // The last tokens of a word are shorter, for searches of one or two letters, which match prefixes.
    for (const at of letters.keys()) tokens.add(letters.slice(at, at + 3).join(''))
  }
  return [...tokens].join(' ')
}

/** The query terms for a word: its most selective trigrams, or a prefix if it is shorter. */
function gramsOf(word: string): readonly string[] {
  const letters = lettersOf(word)
  if (letters.length < 3) return [`"${letters.join('')}"*`]
  const grams = letters.slice(2).map((_, at) => letters.slice(at, at + 3).join(''))
  // Digits and non-Latin letters are the most distinctive; the end of a word is more distinctive than the beginning, which many names share.
  const rank = (gram: string) => Number(/[0-9\u{250}-\u{dfff}\u{e100}-\u{10ffff}]/u.test(gram))
  return grams
    .reverse()
    .toSorted((a, b) => rank(b) - rank(a))
    .slice(0, mostGrams)
    .map((gram) => `"${gram}"`)
}

/** Query term that matches any of the values; empty if no values are given, which matches everything. */
const anyOf = (values: readonly string[] | undefined, tokenOf: (value: string) => string): readonly string[] =>
  values === undefined ? [] : [`(${values.map((value) => `"${tokenOf(value)}"`).join(' OR ')})`]

/** Index query that finds all matching alarms, and possibly more; null: everything. */
export function indexQuery({ q, severity, serverId, path, rule }: AlarmSearch): string | null {
  const words = [...new Set(searchTerms(q ?? ''))].slice(0, mostText).flatMap(gramsOf)
  const terms = [
    ...anyOf(serverId, ofOwner),
    ...(path === undefined ? [] : [`"${ofPath(path)}"`]),
    ...(rule === undefined ? [] : [`"${ofRule(rule)}"`]),
    ...anyOf(severity, (one) => token.severity + one),
    ...words,
  ]
  return terms.length === 0 ? null : terms.join(' AND ')
}
