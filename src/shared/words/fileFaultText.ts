import { sayIn } from '../../i18n/say.ts'
import type { FileFault } from '../fileFaults.ts'
import type { Language } from './languages.ts'

/** What is wrong with a file, without a full stop: it stands in brackets or behind a colon. */
export function fileFaultText(fault: FileFault, language: Language): string {
  return sayIn(language)(`fileFaults.${fault.kind}`, fault)
}
