import { sayIn } from '../../i18n/say.ts'
import type { ConfigurationFinding } from '../configurationFindings.ts'
import type { UpgradeChange } from '../configurationUpgrades.ts'
import type { Words } from './errorText.ts'
import type { Language } from './languages.ts'
import { namesText } from './texts.ts'

/** The paths that are meant, as far as they are named; '' for none. */
function whereText(of: object, language: Language): string {
  const { paths, count } = of as { readonly paths?: readonly string[]; readonly count?: number }
  if (paths === undefined || count === undefined || count === 0) return ''
  return namesText(paths, count, language)
}

/** What was found in a server's configuration, and what to do about it. */
export function configurationFindingWords(finding: ConfigurationFinding, language: Language): Words {
  const say = sayIn(language)
  const facts = { ...finding, where: whereText(finding, language) }
  return { what: say(`configurations.what.${finding.kind}`, facts), todo: say(`configurations.todo.${finding.kind}`, facts) }
}

/** What an upgrade changes for a configuration. */
export function upgradeChangeText(change: UpgradeChange, language: Language): string {
  const say = sayIn(language)
  return say(`configurations.upgrades.${change.kind}`, { ...change, where: whereText(change, language) })
}
