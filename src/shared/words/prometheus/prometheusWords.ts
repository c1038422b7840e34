/** Why a rule can't be written for Prometheus. `off`: it is switched off; `noLimit`: nobody has given its limit. */
export type NotExportable = 'event' | 'field' | 'unusual' | 'noMetric' | 'state' | 'ofReadings' | 'off' | 'noLimit'
/** How a rule there differs from ours. */
export type RuleRemark = 'averaged' | 'soundToo' | 'eachLevel'

/** Comments in the file of rules for Prometheus, in one language. */
export interface PrometheusWords {
  readonly title: string
  readonly differs: string
  readonly left: string
  readonly why: Readonly<Record<NotExportable, string>>
  readonly remarks: Readonly<Record<RuleRemark, string>>
}
