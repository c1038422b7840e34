import type { RehearseInput } from '../../shared/rehearsal.ts'
import { client } from '../app/client.ts'
import { engineNow } from '../ui/now.ts'

const weekMs = 7 * 86_400_000

/** The alarms that a rule would have made of last week. */
export function rehearseWeek(rule: RehearseInput['rule']) {
  return client.rules.rehearse({ rule, from: engineNow() - weekMs })
}
