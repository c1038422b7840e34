import type { ConfigurationFinding, ConfigurationFindingKind } from '../../configurationFindings.ts'
import type { UpgradeChange, UpgradeChangeKind } from '../../configurationUpgrades.ts'

type FindingOf<K extends ConfigurationFindingKind> = Extract<ConfigurationFinding, { kind: K }>
/** Words of findings in configurations of servers: what was found, and what may come of it or is to be done. */
export interface ConfigurationWords {
  readonly what: { readonly [K in ConfigurationFindingKind]: (finding: FindingOf<K>) => string }
  /** What an upgrade changes for a configuration. */
  readonly upgrades: { readonly [K in UpgradeChangeKind]: (change: Extract<UpgradeChange, { kind: K }>) => string }
  readonly todo: { readonly [K in ConfigurationFindingKind]: () => string }
}
