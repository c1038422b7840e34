import type { CalendarProblem } from '../shared/maintenance.ts'
import type { Language } from './languages.ts'
import { sayIn } from './say.ts'

export function calendarText(problem: CalendarProblem, language: Language): string {
  return sayIn(language)(`calendars.${problem.kind}`, { ...problem })
}
