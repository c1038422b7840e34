import { expect } from 'vitest'
import type { Language } from './languages.ts'

/** Names made of common words. */
const names = /\bpaths\.|known_hosts|@cert-authority|fail2ban|ssh-add|application\/json|application\/sdp|address already in use/g
const latinWords = (text: string) => text.replace(names, '').match(/[A-Za-z][A-Za-z]+/g) ?? []
/** Names, technical terms and literal input that stay English in every language. */
const terms = new Set(
  (
    'MTXDECK SANDBOX localhost off Sandbox Snap snap YAML mtxdeck check diagnose MediaMTX API HTTP TLS UTC SSH POSIX shell Shell SHA AUTH SOCK SSH_AUTH_SOCK RTSP SRT WebRTC HLS MB Server Stream Streams Status Port Agent Codecs Bytes min ' +
    'Video Publisher HTTP http hls rtsp rtsps rtmp rtmps srt whep wheps udp ffmpeg ffprobe FFmpeg node av node-av read GET H265 hlsEncryption caller Caller Link-local Decoder Demuxer Link local Playlist ' +
    'http https no apiAddress Claim TCP DNS IP VPN mediamtx yml api yes action apiEncryption authInternalUsers encoder Encoder Proxy Firewall Firewalls Tokens Log Logs ' +
    'available ready Byte Handshake CPU Theil Sen RTT kbit Mbit GHz AMD EPYC TCP MediaServer kB GB bit Authorization Bearer Content-Length Content Length publicUrl openapi json JSON WebSocket Token PATH sshd systemctl status ssh keygen lf etc ssh_host_ host pub sh Windows Linux authorized_keys authorized keys MaxStartups AllowTcpForwarding PermitOpen restrict OpenSSH PEM BEGIN END FILE Ed ECDSA RSA DSA Banner Login Name administer view operate Browser key _key data dir Europe Berlin FREQ MONTHLY BYDAY SA MO FR VCALENDAR UDP CPU ms rtspAddress hlsVariant lowLatency GOP all others RTMP RTMPS ' +
    'webrtc webrtcEncryption webrtcAdditionalHosts webrtcLocalTCPAddress webrtcLocalUDPAddress webrtcICEServers WHIP WHEP SDP ICE TURN STUN publish server path ID playback Playback Metrics playbackEncryption fMP ss ltnp closed RTSPS VLC mpegts AAC Apple HTTPS Enhanced profile Player Frames Opus webrtcIPsFromInterfaces TURN UDP Port Ports Encoder Browser ltnup PRIVATE KEY CERTIFICATE Client openssl pkey client in open out Header unit Unit Exit Code nft list ruleset ufw systemd journal start canary Canary PUT DELETE canaries serverId LU TS Goroutine Codec Generic rtspDemuxMpegts'
  ).split(' '),
)
/** Words that German shares with English. */
const shared = new Set(
  'Demo Journal Diagnose Version Start Container Route Bitrate Alarm GPU was in an so war die hat Name System private Passphrase Minute Sender Format Hardware Text Host Dossier Segment Administrator App Person Mail Passkey Passkeys'
    .split(' ')
    .map((word) => word.toLowerCase()),
)

/** Expects a complete sentence without English words, except names, terms and texts from its facts. */
export function expectSentence(kind: string, words: (language: Language) => string, language: Language, facts: unknown = null): void {
  const text = words(language)
  expect([kind, text]).toEqual([kind, expect.not.stringMatching(/undefined|NaN|null|\{\{|\[object|function|\s\s|\s\.|^\s|\.\.$/)])
  expect(text.length, kind).toBeGreaterThan(3)
  // Each sample in each language: a change of words is looked at, and taken with `-u`.
  expect(text).toMatchSnapshot(kind)
  if (language === 'en') return
  const along = new Set(latinWords(JSON.stringify(facts)))
  const english = new Set(latinWords(words('en')).map((word) => word.toLowerCase()))
  const strange = latinWords(text).filter(
    (word) => !along.has(word) && !terms.has(word) && (language !== 'de' || (english.has(word.toLowerCase()) && !shared.has(word.toLowerCase()))),
  )
  expect([kind, strange]).toEqual([kind, []])
}
