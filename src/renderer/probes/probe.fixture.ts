import type { Probe } from '../../shared/probes.ts'

/** A probe that was read, with what matters to a test. */
export function someProbe(given: Partial<Probe> = {}): Probe {
  return {
    id: `probe-${given.name ?? 'cam1'}`,
    origin: 'stored',
    name: 'cam1',
    url: 'rtsp://***@10.0.0.9/cam1',
    project: 'north',
    intervalSeconds: 30,
    mode: 'turns',
    lookSeconds: 6,
    retries: 3,
    paused: false,
    contract: null,
    profile: null,
    checks: [],
    thresholds: {},
    lasting: [],
    canary: null,
    differences: [],
    elsewhere: [],
    state: 'up',
    stateSince: 0,
    why: null,
    words: null,
    reading: null,
    readAt: 1_000_000,
    nextAt: null,
    bitrate: null,
    grade: 'good',
    gradeReasons: [],
    severity: null,
    ...given,
  }
}
