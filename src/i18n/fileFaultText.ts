import type { FileFault } from '../shared/fileFaults.ts'
import type { Language } from './languages.ts'
import { sayIn } from './say.ts'

/** What is wrong with a file, without a full stop: it stands in brackets or behind a colon. */
export function fileFaultText(fault: FileFault, language: Language): string {
  return sayIn(language)(`fileFaults.${fault.kind}`, fault)
}
