import { describe, it } from 'vitest'
import type { CalendarProblem } from '../shared/maintenance.ts'
import { calendarText } from './calendarText.ts'
import { languages } from './languages.ts'
import { expectSentence } from './words.fixture.ts'

/** One of each kind: the compiler asks for it. */
const problems: { readonly [K in CalendarProblem['kind']]: Extract<CalendarProblem, { kind: K }> } = {
  unreachable: { kind: 'unreachable', code: 'ECONNREFUSED' },
  redirected: { kind: 'redirected', to: 'https://login.example.org' },
  tooLarge: { kind: 'tooLarge' },
  notACalendar: { kind: 'notACalendar' },
  damaged: { kind: 'damaged', events: 3 },
}

describe.each(languages)('what is wrong with a calendar, in %s', (language) => {
  it('has a text for each kind', () => {
    for (const problem of Object.values(problems)) expectSentence(problem.kind, (tag) => calendarText(problem, tag), language, problem)
  })
})
