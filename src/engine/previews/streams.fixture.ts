import { type Stream, unknownFigures } from '../../shared/streams.ts'
import type { StreamState } from '../../shared/watchedStates.ts'

/** Sign-ins that never end. */
export function endless(): () => void {
  return () => {}
}

/** Where nobody asks who watched what. */
export const noViews = { begin: () => () => {}, failed: () => {} }

/** A stream of server `s1`. */
export function streamOf(
  path: string,
  change: { readonly state?: StreamState; readonly onDemand?: boolean; readonly codecs?: readonly string[] } = {},
): Stream {
  return {
    slot: 1,
    serverId: 's1',
    serverName: 'berlin',
    path,
    state: change.state ?? 'live',
    stateSince: 0,
    why: null,
    sourceType: 'rtspSession',
    tracks: (change.codecs ?? ['H264', 'MPEG-4 Audio']).map((codec) => ({
      codec,
      kind: 'other',
      width: null,
      height: null,
      profile: null,
      level: null,
      sampleRate: null,
      channels: null,
    })),
    width: null,
    height: null,
    upSince: 0,
    lastLiveAt: 0,
    outageSince: null,
    onDemand: change.onDemand ?? false,
    expected: true,
    publisher: null,
    figures: unknownFigures,
    readersByType: {},
    source: null,
    packetsLost: null,
    packetsLostEstimated: false,
    packetsRepaired: null,
    framesInError: null,
    framesDiscarded: null,
    jitter: null,
    srt: null,
    rtp: null,
    sessions: [],
    sessionsReadAt: null,
    forwards: null,
    pulled: null,
  }
}
