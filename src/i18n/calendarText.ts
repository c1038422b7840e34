import type { CalendarProblem } from '../shared/maintenance.ts'
import type { Language } from './languages.ts'
import { sayIn } from './say.ts'

/** Why a calendar can't be read or not whole, and what counts instead. */
export function calendarText(problem: CalendarProblem, language: Language): string {
  return sayIn(language)(`calendars.${problem.kind}`, { ...problem })
}
