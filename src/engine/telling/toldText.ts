import type { Language } from '../../shared/words/languages.ts'
import type { ToldWords } from '../../shared/words/told/toldWords.ts'
import { toldWords } from '../../shared/words/toldWords.ts'
import { oneLine } from './plainText.ts'
import type { Told } from './told.ts'

/** A message for people. Each text is one line without control characters, so that no name can break or pretend anything. */
export interface ToldText {
  /** How bad it is and what it is about: "critical: Berlin · cam1". */
  readonly headline: string
  readonly lines: readonly string[]
  /** Where to go: the alarm in the console, and where it can be acknowledged. */
  readonly links: readonly { readonly name: string; readonly url: string }[]
}

/** The same for channels that have nothing but text. */
export function linkLines({ links }: Pick<ToldText, 'links'>): readonly string[] {
  return links.map(({ name, url }) => `${name}: ${url}`)
}

const longestTitle = 250
const longestLine = 1_000
const longestMember = 200
/** Of many members so many are named. */
const mostMembers = 10
/** Of the messages of a summary so many. */
const mostItems = 30
/** Of a report so many. */
const mostLines = 100

function headlineOf({ event, severity, state, title }: Told, words: ToldWords): string {
  if (event === 'report') return oneLine(title, longestTitle)
  const isTaken = event !== 'end' && state !== null && state !== 'unacknowledged'
  const marks =
    event === 'test' ? [words.test] : [words.severity[severity], ...(event === 'end' ? [words.ended] : []), ...(isTaken ? [words.state[state]] : [])]
  return `${marks.join(', ')}: ${oneLine(title, longestTitle)}`
}

const listed = (lines: readonly string[], most: number): readonly string[] =>
  lines.length > most ? [...lines.slice(0, most), `… +${lines.length - most}`] : lines

export function toldText(told: Told, language: Language): ToldText {
  const words = toldWords[language]
  const members =
    told.members.length < 2 ? [] : told.members.map(({ server, stream }) => oneLine(stream === null ? server : `${server} · ${stream}`, longestMember))
  const isOfAlarm = told.event === 'start' || told.event === 'update' || told.event === 'end'
  const lines = [
    told.text,
    ...listed(members, mostMembers),
    ...listed(told.items?.map((item) => headlineOf(item, words)) ?? [], mostItems),
    ...listed(told.lines ?? [], mostLines),
    isOfAlarm ? words.since(told.since) : '',
    isOfAlarm && told.endedAt !== null ? words.endedAt(told.endedAt) : '',
    told.escalated ? words.escalated : '',
    told.startMissed ? words.startMissed : '',
    told.mayRepeat ? words.mayRepeat : '',
  ]
  return {
    headline: headlineOf(told, words),
    lines: lines.map((line) => oneLine(line, longestLine)).filter((line) => line !== ''),
    links: [...(told.url === null ? [] : [{ name: words.open, url: told.url }]), ...(told.ackUrl === null ? [] : [{ name: words.take, url: told.ackUrl }])],
  }
}
