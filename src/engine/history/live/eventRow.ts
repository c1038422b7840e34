import type { DeckEvent } from '../../../shared/events.ts'

/** An event as history.db and archives keep it. */
export interface EventRow {
  readonly id: number
  readonly at: number
  readonly kind: string
  readonly server_id: string | null
  readonly server_name: string | null
  readonly path: string | null
  readonly text: string
  /** JSON. */
  readonly facts: string
}

export const eventOfRow = ({ server_id, server_name, facts, ...row }: EventRow): DeckEvent => ({
  ...row,
  serverId: server_id,
  serverName: server_name,
  facts: JSON.parse(facts) as DeckEvent['facts'],
})
