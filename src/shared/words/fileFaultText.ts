import type { FileFault, FileFaults } from '../fileFaults.ts'
import { catalogueOf } from './catalogue.ts'
import { de } from './fileFaults/de.ts'
import { en } from './fileFaults/en.ts'
import type { FileFaultWords, HeldKind } from './fileFaults/fileFaultWords.ts'
import { ko } from './fileFaults/ko.ts'
import { ru } from './fileFaults/ru.ts'
import { zh } from './fileFaults/zh.ts'
import type { Language } from './languages.ts'
import { textOf } from './texts.ts'

const catalogues = catalogueOf<FileFaultWords>('fileFaults', { en, de, zh, ru, ko }, ['faults.*'])

/** What is wrong with a file, without a full stop. */
export function fileFaultText(fault: FileFault, language: Language): string {
  const { faults, parts, ofSeal } = catalogues[language]
  if (fault.kind !== 'part') return textOf(faults, fault)
  const { of, no, seal } = fault
  const part = `${parts[of]}${no === null ? '' : ` ${no}`}${seal === null ? '' : ofSeal(seal)}`
  return `${part}${language === 'zh' ? '：' : ': '}${textOf(faults, fault.fault)}`
}

/** The same of several. */
export function fileFaultsText(faults: FileFaults, language: Language): string {
  return faults.map((fault) => fileFaultText(fault, language)).join(catalogues[language].between)
}

/** "minutes of 2026-11-14": what a file of the history holds by its own account. */
export function heldText(of: HeldKind, period: string, language: Language): string {
  return [catalogues[language].held[of], period].filter(Boolean).join(' ')
}
