import type { Host, HostReading } from './hosts.ts'

/** A reading in which everything is unknown except `change`. */
export function someReading(change: Partial<HostReading> = {}): HostReading {
  return {
    at: 0,
    hostname: null,
    system: null,
    kernel: null,
    cores: null,
    cpuPercent: null,
    perCorePercent: [],
    stealPercent: null,
    iowaitPercent: null,
    load1: null,
    load5: null,
    load15: null,
    memoryTotalBytes: null,
    memoryUsedBytes: null,
    memoryPercent: null,
    swapTotalBytes: null,
    swapUsedBytes: null,
    disks: [],
    networks: [],
    temperaturesC: [],
    gpus: [],
    uptimeSeconds: null,
    clockSkewMs: null,
    tcpRetransmits: null,
    udpBufferErrors: null,
    mediaProcesses: [],
    mediaServer: null,
    ...change,
  }
}

/** A stored host that answers, and tells nothing of itself. */
export function someHost(change: Partial<Host> = {}): Host {
  return {
    id: 'host-aaaa0000',
    name: 'berlin',
    origin: 'stored',
    ssh: 'noc@berlin',
    auth: { kind: 'agent', hasSecret: false, keyFile: null },
    knownHostsFile: null,
    jump: [],
    serverId: null,
    serverIds: change.serverId == null ? [] : [change.serverId],
    intervalSeconds: 1,
    paused: false,
    state: 'up',
    stateSince: 0,
    error: null,
    answerMs: null,
    reading: someReading(),
    ...change,
  }
}
