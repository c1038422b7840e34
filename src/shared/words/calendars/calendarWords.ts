import type { CalendarProblem } from '../../maintenance.ts'
import type { Texts } from '../texts.ts'

/** Why a calendar can't be read, in one language. */
export type CalendarWords = Texts<CalendarProblem>
