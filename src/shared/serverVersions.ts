/**
 * Whether a server's version, e.g. "v1.20.1", is at least this one. Development builds have other forms and count as
 * older, and so does an unknown version, because features of old servers work everywhere.
 */
export function isAtLeast(version: string | null, major: number, minor: number, patch = 0): boolean {
  const match = /^v?(\d+)\.(\d+)\.(\d+)?/.exec(version ?? '')
  if (!match) return false
  const [ofMajor, ofMinor, ofPatch] = [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)]
  return ofMajor > major || (ofMajor === major && (ofMinor > minor || (ofMinor === minor && ofPatch >= patch)))
}

/** The newest version of MediaMTX whose sources were read for what mtxdeck says of versions. */
export const newestKnownVersion = 'v1.20.1'

interface Listed {
  readonly global: Readonly<Record<string, unknown>>
  readonly pathDefaults: Readonly<Record<string, unknown>>
}

/** A setting that each version brought, newest first (`internal/conf/conf.go` and `path.go` at their tags): versions list all settings that they have. */
const marks = `1.20.1 moqTransport 1.20.0 forward 1.19.3 runOnAvailable 1.19.2 rtspScale 1.19.1 rtspTrustedProxies 1.19.0 moq 1.18.1 hlsCDNSecret
  1.17.0 rtspDemuxMpegts 1.16.2 dumpPackets 1.16.1 authHTTPFingerprint 1.16.0 alwaysAvailable 1.15.6 logStructured 1.15.4 apiAllowOrigins 1.14.0 rtpSDP
  1.13.1 recordMaxPartSize 1.13.0 srtpAddress 1.12.3 authJWTJWKSFingerprint 1.12.1 authJWTExclude 1.12.0 useAbsoluteTimestamp 1.11.3 webrtcSTUNGatherTimeout
  1.11.0 rtspTransports 1.9.0 authJWTClaimKey 1.8.3 webrtcHandshakeTimeout 1.8.2 hlsMuxerCloseAfter 1.8.0 apiEncryption 1.6.0 authMethod
  1.5.1 rpiCameraAWBGains 1.5.0 playback`.split(/\s+/)

/** The oldest version that has all of these settings. */
function oldestWith({ global, pathDefaults }: Listed): string {
  const mark = marks.findIndex((name) => Object.hasOwn(global, name) || Object.hasOwn(pathDefaults, name))
  return `v${marks[mark - 1] ?? '1.3.0'}`
}

/** Whether a version is older than another, which is written `1.17.1`. */
export function isBefore(version: string, since: string): boolean {
  const [major = 0, minor = 0, patch = 0] = since.split('.').map(Number)
  return !isAtLeast(version, major, minor, patch)
}

/**
 * The version to judge a server by: what it reports, or the oldest that has all of its settings, where that is newer, as for builds without a version
 * (`v0.0.0`) and those that count otherwise.
 */
export function evaluatedVersion(version: string | null, listed: Listed): string {
  const byList = oldestWith(listed)
  return version === null || isBefore(version, byList.slice(1)) ? byList : version
}

/** Whether it runs this release as it was published: what is wrong with that may be otherwise in a build of one's own. */
export function isRelease(version: string | null, listed: Listed): version is string {
  return version !== null && /^v?\d+\.\d+\.\d+$/.test(version) && evaluatedVersion(version, listed) === version
}
