import type { Language } from '../../shared/words/languages.ts'
import { toldWords } from '../../shared/words/toldWords.ts'
import { oneLine } from './plainText.ts'
import type { Told } from './told.ts'

/** A message for people. Each text is one line without control characters, so that no name can break or pretend anything. */
export interface ToldText {
  /** How bad it is and what it is about: "critical: Berlin · cam1". */
  readonly headline: string
  readonly lines: readonly string[]
  /** What the link to the alarm is called. */
  readonly open: string
}

const longestTitle = 250
const longestLine = 1_000
const longestMember = 200
/** Of many members so many are named. */
const mostMembers = 10

export function toldText(told: Told, language: Language): ToldText {
  const words = toldWords[language]
  const marks =
    told.event === 'test'
      ? [words.test]
      : told.event === 'end'
        ? [words.severity[told.severity], words.ended]
        : [words.severity[told.severity], ...(told.state === null || told.state === 'unacknowledged' ? [] : [words.state[told.state]])]
  const members =
    told.members.length < 2 ? [] : told.members.map(({ server, stream }) => oneLine(stream === null ? server : `${server} · ${stream}`, longestMember))
  const lines = [
    told.text,
    ...members.slice(0, mostMembers),
    members.length > mostMembers ? `… +${members.length - mostMembers}` : '',
    told.event === 'test' ? '' : words.since(told.since),
    told.endedAt === null ? '' : words.endedAt(told.endedAt),
    told.escalated ? words.escalated : '',
    told.startMissed ? words.startMissed : '',
    told.mayRepeat ? words.mayRepeat : '',
  ]
  return {
    headline: `${marks.join(', ')}: ${oneLine(told.title, longestTitle)}`,
    lines: lines.map((line) => oneLine(line, longestLine)).filter((line) => line !== ''),
    open: words.open,
  }
}
