import type { ConsoleTrouble } from '../shared/consoleTroubles.ts'
import { fileFaultText } from './fileFaultText.ts'
import type { Language } from './languages.ts'
import { sayIn } from './say.ts'

/** What is wrong with the console itself, and what to do. */
export function consoleTroubleText(trouble: ConsoleTrouble, language: Language): string {
  return sayIn(language)(`notices.troubles.${trouble.kind}`, {
    ...trouble,
    ...('because' in trouble && typeof trouble.because !== 'string' && { because: fileFaultText(trouble.because, language) }),
    ...(trouble.kind === 'dataDirInUse' && trouble.pid !== null && { context: 'process' }),
  })
}
