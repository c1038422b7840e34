import type { ConfigurationFinding, ConfigurationFindingKind } from '../../configurationFindings.ts'

type FindingOf<K extends ConfigurationFindingKind> = Extract<ConfigurationFinding, { kind: K }>
/** Words of findings in configurations of servers: what was found, and what may come of it or is to be done. */
export interface ConfigurationWords {
  readonly what: { readonly [K in ConfigurationFindingKind]: (finding: FindingOf<K>) => string }
  readonly todo: { readonly [K in ConfigurationFindingKind]: () => string }
}
