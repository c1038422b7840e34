import type { ConfigurationFinding } from '../configurationFindings.ts'
import type { UpgradeChange } from '../configurationUpgrades.ts'
import { catalogueOf } from './catalogue.ts'
import type { ConfigurationWords } from './configurations/configurationWords.ts'
import { de } from './configurations/de.ts'
import { en } from './configurations/en.ts'
import { ko } from './configurations/ko.ts'
import { ru } from './configurations/ru.ts'
import { zh } from './configurations/zh.ts'
import type { Words } from './errorText.ts'
import type { Language } from './languages.ts'
import { textOf } from './texts.ts'

const catalogues = catalogueOf<ConfigurationWords>('configurations', { en, de, zh, ru, ko }, ['what.*', 'upgrades.*', 'todo.*'])

/** What was found in a server's configuration, and what to do about it. */
export function configurationFindingWords(finding: ConfigurationFinding, language: Language): Words {
  return {
    what: textOf(catalogues[language].what, finding),
    todo: textOf(catalogues[language].todo, finding),
  }
}

/** What an upgrade changes for a configuration. */
export function upgradeChangeText(change: UpgradeChange, language: Language): string {
  return textOf(catalogues[language].upgrades, change)
}
