import type { ConsoleTrouble } from '../shared/consoleTroubles.ts'
import type { FileFault } from '../shared/fileFaults.ts'
import type { EngineFailure } from '../shared/shell.ts'
import type { Language } from './languages.ts'
import { sayIn } from './say.ts'
import { problemsText } from './validationErrorText.ts'

export function consoleTroubleText(trouble: ConsoleTrouble, language: Language): string {
  return sayIn(language)(`notices.troubles.${trouble.kind}`, {
    ...trouble,
    ...('because' in trouble && typeof trouble.because !== 'string' && { because: fileFaultText(trouble.because, language) }),
    ...(trouble.kind === 'dataDirInUse' && trouble.pid !== null && { context: 'process' }),
    ...(trouble.kind === 'folderSlow' && !trouble.hasAnswered && { context: 'unanswered' }),
  })
}

/** What is wrong with a file, without a full stop: it stands in brackets or behind a colon. */
export function fileFaultText(fault: FileFault, language: Language): string {
  return sayIn(language)(`fileFaults.${fault.kind}`, fault)
}

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
