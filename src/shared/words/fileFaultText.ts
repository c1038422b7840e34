import { type Say, sayIn } from '../../i18n/say.ts'
import type { ContentFault, FileFault, FileFaults } from '../fileFaults.ts'
import type { Language } from './languages.ts'

/** What a file of the history may hold. */
type HeldKind = Extract<ContentFault, { kind: 'otherPeriod' }>['of']

/** What is wrong with a file, without a full stop: it stands in brackets or behind a colon. */
export function fileFaultText(fault: FileFault, language: Language): string {
  const say = sayIn(language)
  if (fault.kind !== 'part') return contentText(fault, say)
  const { of, no, seal } = fault
  const part = `${say(`fileFaults.parts.${of}`)}${no === null ? '' : ` ${no}`}${seal === null ? '' : say('fileFaults.ofSeal', { seal })}`
  return say('fileFaults.part', { part, fault: contentText(fault.fault, say) })
}

function contentText(fault: ContentFault, say: Say): string {
  switch (fault.kind) {
    case 'quoted':
      return fault.text
    case 'otherPeriod':
      return say('fileFaults.faults.otherPeriod', { held: heldText(fault.of, fault.period, say.language) })
    case 'missing':
      return say('fileFaults.faults.missing', { which: [fault.what, fault.no].filter((part) => part !== null).join(' ') })
    case 'someUnreadable':
      return say('fileFaults.faults.someUnreadable', { ...fault, context: fault.of })
    default:
      return say(`fileFaults.faults.${fault.kind}`, fault)
  }
}

/** The same of several. */
export function fileFaultsText(faults: FileFaults, language: Language): string {
  return faults.map((fault) => fileFaultText(fault, language)).join(sayIn(language)('fileFaults.between'))
}

/** "minutes 2026-11-14": what a file of the history holds by its own account. */
export function heldText(of: HeldKind, period: string, language: Language): string {
  return [sayIn(language)(`fileFaults.held.${of}`), period].filter(Boolean).join(' ')
}
