import { type Facts, sayIn } from '../../i18n/say.ts'
import type { ConsoleTrouble } from '../consoleTroubles.ts'
import { fileFaultsText, heldText } from './fileFaultText.ts'
import type { Language } from './languages.ts'

/** What is wrong with the console itself, and what to do. */
export function consoleTroubleText(trouble: ConsoleTrouble, language: Language): string {
  const more: Facts = {
    ...('because' in trouble && typeof trouble.because !== 'string' && { because: fileFaultsText(trouble.because, language) }),
    ...(trouble.kind === 'dataDirInUse' && trouble.pid !== null && { context: 'process' }),
    ...(trouble.kind === 'fileMoved' && trouble.replaced && { context: 'replaced' }),
    ...(trouble.kind === 'notABundle' && { held: heldText(trouble.of, trouble.period, language) }),
  }
  return sayIn(language)(`notices.troubles.${trouble.kind}`, { ...trouble, ...more })
}
