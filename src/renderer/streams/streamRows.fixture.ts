import { type StreamFacts, type StreamFigures, unknownFigures } from '../../shared/streams.ts'
import type { StreamRow } from './streamRow.ts'

/** A row for tests: live, plain, everything overridable. Its server's name is its server's id in capitals. */
export const testRow = (slot: number, facts: Partial<StreamFacts> = {}, figures: Partial<StreamFigures> = {}, rest: Partial<StreamRow> = {}): StreamRow => {
  const whole: StreamFacts = {
    slot,
    serverId: 's1',
    path: `cam${slot}`,
    state: 'live',
    stateSince: 1_000,
    reason: null,
    sourceType: 'rtspSession',
    tracks: [],
    width: null,
    height: null,
    upSince: 1_000,
    lastLiveAt: 1_000,
    onDemand: false,
    expected: true,
    publisher: null,
    ...facts,
  }
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
