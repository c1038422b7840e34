import { type StreamFacts, type StreamFigures, unknownFigures } from '../../shared/streams.ts'
import type { StreamRow } from '../fleet/fleetRows.ts'
import { someFacts } from '../fleet/fleetState.fixture.ts'

/** A row for tests: live, plain, everything overridable. Its server's name is its server's id in capitals. */
export function testRow(slot: number, facts: Partial<StreamFacts> = {}, figures: Partial<StreamFigures> = {}, rest: Partial<StreamRow> = {}): StreamRow {
  const whole = someFacts(slot, `cam${slot}`, { serverId: 's1', stateSince: 1_000, sourceType: 'rtspSession', upSince: 1_000, lastLiveAt: 1_000, ...facts })
  return {
    slot,
    key: `${whole.serverId}/${whole.path}`,
    serverName: whole.serverId.toUpperCase(),
    facts: whole,
    figures: { ...unknownFigures, ...figures },
    severity: null,
    ...rest,
  }
}
