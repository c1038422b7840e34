import type { Playlist, ProbeReading, Ts } from './probeReadings.ts'

/** What a healthy stream of 25 pictures per second gives. */
export const goodReading: ProbeReading = {
  response: { dnsMs: null, connectMs: 1, answerMs: 120, keyframeMs: 400 },
  wallMs: 6_100,
  mediaMs: 6_000,
  packets: { video: 150, audio: 280, other: 0, corrupt: 0, corruptBytes: 0 },
  keyframes: 3,
  video: {
    codec: 'h264',
    profile: 'High',
    level: 41,
    widthPx: 1_920,
    heightPx: 1_080,
    aspect: '16:9',
    declaredFps: 25,
    fps: 25,
  },
  audio: { codec: 'aac', profile: 'LC', channels: 2, layout: 'stereo', sampleRateHz: 48_000 },
  gop: { count: 2, frames: 50, lastMs: 2_000, usualMs: 2_000, longestMs: 2_000 },
  gopAtLeastMs: null,
  bitrateBps: 4_000_000,
  ptsGaps: 0,
  ptsJumps: 0,
  audioAheadMs: 12,
  content: null,
  hls: null,
  ts: null,
  canary: null,
  srt: null,
}

/** A live playlist that goes on as it should. */
export const goodPlaylist: Playlist = {
  kind: 'variant',
  name: '1280x720',
  bandwidthBps: 2_000_000,
  fault: null,
  hasEnded: false,
  targetMs: 6_000,
  segments: 6,
  ageMs: 3_000,
  lateMs: 0,
  long: 0,
  rewritten: 0,
  discontinuities: 0,
}
/** A transport stream without errors. */
export const goodTs: Ts = {
  packets: 8_000,
  programs: 1,
  syncLosses: 0,
  syncByteErrors: 0,
  patErrors: 0,
  continuityErrors: 0,
  pmtErrors: 0,
  pidErrors: 0,
  transportErrors: 0,
  pcrIntervalErrors: 0,
  pcrJumps: 0,
  ptsErrors: 0,
  patMs: 100,
  pmtMs: 100,
  pcrMs: 40,
  ptsMs: 120,
}
