import { type Alarm, type AlarmState, alarmStateSchema } from '../../shared/alarms.ts'
import { searchTerms, searchText } from '../../shared/searchText.ts'
import { type Severity, severitySchema } from '../../shared/severities.ts'
import { ownerIdOf } from '../../shared/subjectNames.ts'

/** An empty set shows all. Stored in the page's address. */
export interface AlarmFilter {
  readonly states: readonly AlarmState[]
  readonly severities: readonly Severity[]
  readonly serverIds: readonly string[]
  readonly text: string
}
export const noFilter: AlarmFilter = { states: [], severities: [], serverIds: [], text: '' }
const parameters = { states: 'state', severities: 'severity', serverIds: 'server' } as const
export function isFiltered(filter: AlarmFilter): boolean {
  return filter.states.length + filter.severities.length + filter.serverIds.length > 0 || filter.text.trim() !== ''
}

/** Unknown values are ignored, so that old links still open. */
export function readFilter(params: URLSearchParams): AlarmFilter {
  const words = (set: keyof typeof parameters) => [...new Set((params.get(parameters[set]) ?? '').split(',').filter(Boolean))]
  return {
    states: words('states').filter((word): word is AlarmState => alarmStateSchema.safeParse(word).success),
    severities: words('severities').filter((word): word is Severity => severitySchema.safeParse(word).success),
    serverIds: words('serverIds'),
    text: params.get('q') ?? '',
  }
}

export function filterParams({ states, severities, serverIds, text }: AlarmFilter): Readonly<Record<string, string | null>> {
  return {
    state: states.join(','),
    severity: severities.join(','),
    server: serverIds.join(','),
    q: text.trim() === '' ? null : text,
  }
}

/** `wordsOf`: the searched text as shown; `evaluated`: the alarm, or its incident, whose severity and state are filtered. */
export function filterTest(
  filter: AlarmFilter,
  wordsOf: (alarm: Alarm) => string,
  evaluated: (alarm: Alarm) => Pick<Alarm, 'severity' | 'state'> = (alarm) => alarm,
): (alarm: Alarm) => boolean {
  const words = searchTerms(filter.text)
  const passes = <T>(values: readonly T[], value: T) => values.length === 0 || values.includes(value)
  return (alarm) => {
    const { severity, state } = evaluated(alarm)
    if (!passes(filter.states, state) || !passes(filter.severities, severity) || !passes(filter.serverIds, ownerIdOf(alarm.subject))) return false
    const text = words.length === 0 ? '' : searchText(wordsOf(alarm))
    return words.every((word) => text.includes(word))
  }
}
