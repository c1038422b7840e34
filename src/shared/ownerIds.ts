const hostMark = 'host-'
const probeMark = 'probe-'
/** Whether an id without a kind, as in the store's files and older forms of the API, is a host's. No server id begins like this. */
export function isHostId(id: string): boolean {
  return id.startsWith(hostMark)
}
/** Whether an id without a kind, as in the store's files, is a probe's. No id of a server or host begins like this. */
export function isProbeId(id: string): boolean {
  return id.startsWith(probeMark)
}
