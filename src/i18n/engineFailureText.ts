import type { EngineFailure } from '../shared/shell.ts'
import { consoleTroubleText } from './consoleTroubleText.ts'
import type { Language } from './languages.ts'
import { sayIn } from './say.ts'
import { problemsText } from './validationErrorText.ts'

/** Why the window has no engine, and what to do. */
export function engineFailureText(failure: EngineFailure, language: Language): string {
  switch (failure.kind) {
    case 'console':
      return consoleTroubleText(failure.trouble, language)
    case 'problems':
      return problemsText(failure.problems, language)
    default:
      return sayIn(language)(`desktop.failures.${failure.kind}`, { ...failure })
  }
}
