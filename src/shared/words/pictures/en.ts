import { mediaSchemes } from '../../media.ts'
import { sayIn } from '../say.ts'
import { addressExamples, doorNames, type PictureWords } from './pictureWords.ts'

const say = sayIn('en')
const steps = {
  opening: 'while opening it',
  inspecting: 'while inspecting it',
  reading: 'while reading it',
  decoding: 'while decoding it',
  publishing: 'while publishing it',
}
const address = {
  characters: 'it holds blanks or characters that no address has',
  notAnAddress: 'it is no address',
  scheme: `its scheme is none of ${mediaSchemes.join(', ')}`,
  notInFull: 'it is not written in full',
  noHost: 'it names no host',
  parameters: 'it has parameters that are not for readers',
  notCaller: 'SRT is read as caller only',
  linkLocal: 'it leads to a link-local address',
  leadsInside: 'it leads into an inner network or to this machine, by a redirect or a playlist',
  otherForm: 'the request has another form',
}
const unavailable = {
  noProcess: 'no media process runs beside this console',
  keepsEnding: 'the media process ended again and again, its log says why',
  onlyNodeAv: 'node-av does not load, and nothing else may be used',
  needsNodeAv: 'node-av does not load here, and nothing else can publish',
}
const undecodable = {
  notMedia: 'this is no media',
  noDecoder: 'there is no decoder for it',
  endedEarly: 'it ended before its first picture',
  noWholePicture: 'no whole picture came',
  playlistTooLarge: 'its playlist is too large, or names too many others',
}
const permission = 'Give it the permission "action: read" in mediamtx.yml.'

export const en: PictureWords = {
  reasons: {
    notLive: () => 'Nothing is published here now.',
    slate: () => 'A slate is on air: no publisher.',
    onDemand: () => 'On demand: watching starts its source.',
    hlsOff: () => 'HLS is switched off on this server ("hls: no" in mediamtx.yml).',
    codecH265: () => 'The video is H265, which this browser does not play.',
    serverDown: () => 'The server does not answer.',
    closed: () => 'This picture was closed. Open it again.',
    settingsChanged: () => "The server's settings were changed. Open the picture again.",
    readRefused: () => `The server does not let this user read the stream. ${permission}`,
    hlsNotEncrypted: () => 'HLS of this server asks for a password and is not encrypted, while its API is. Set "hlsEncryption: yes" in mediamtx.yml.',
    noPictureNow: () => 'The server has no picture of this stream now.',
    redirectUnreadable: () => 'The server redirects to an address that cannot be read.',
    redirectsInCircle: () => 'The server redirects in a circle.',
    playlistTooLong: () => 'The playlist is larger than any that MediaMTX makes.',
    playlistElsewhere: () => 'The playlist leads to another address than its own path.',
    notHls: ({ host }) => `What answers at ${host} is not MediaMTX's HLS.`,
    notWebrtc: ({ host }) => `What answers at ${host} is not MediaMTX's WebRTC.`,
    offerTypeWrong: ({ type }) => `The body must be ${type}.`,
    otherMethod: ({ methods }) => `Only ${methods.join(', ')} are answered here.`,
    lastViewerLeft: () => 'Its last viewer has left. Watching on would keep its source running: open the picture again to start it.',
    viewersUnknown: () =>
      'This server does not say who else watches over HLS. The picture was closed after 5 minutes so that it does not keep the source running.',
    noSuchPart: () => 'There is no such part of a picture.',
    onlyGet: () => 'Only GET is answered here.',
    webrtcOff: () => 'WebRTC is switched off on this server ("webrtc: no" in mediamtx.yml).',
    webrtcNotEncrypted: () => 'WebRTC of this server asks for a password and is not encrypted, while its API is. Set "webrtcEncryption: yes" in mediamtx.yml.',
    notPlayback: ({ host }) => `What answers at ${host} is not MediaMTX's playback server.`,
    playbackOff: () => 'The playback server is switched off ("playback: no" in mediamtx.yml): recordings cannot be played.',
    playbackNotEncrypted: () =>
      'The playback server asks for a password and is not encrypted, while its API is. Set "playbackEncryption: yes" in mediamtx.yml.',
    playbackRefused: () => 'The server does not let this user play recordings. Give it the permission "action: playback" in mediamtx.yml.',
    playbackSpanWrong: () => 'Name a server, a stream, and from when to when: 6 hours at most.',
    nothingRecorded: () => 'The server has no recording of this time.',
    notPlayableFormat: () => 'The server cannot play this recording: only fMP4 recordings of configured paths can be played.',
    webrtcNotServed: () => 'This server answers WebRTC and has no media for it, like the servers of the demo.',
    publishRefused: () => 'The server does not let this user publish the stream. Give it the permission "action: publish" in mediamtx.yml.',
    offerTooLong: () => 'The offer is longer than any that a browser makes.',
    offerEmpty: () => 'There is no offer in the request.',
    noSuchServer: () => 'There is no such server.',
    serverMissing: () => 'Several servers are watched: say which one is meant with server=, by its name or id.',
    pathMissing: () => 'Say which stream is meant with path=.',
    sessionGone: () => 'There is no such session, or it has ended.',
    tooManyAtOnce: () => 'Too many requests are under way. Try again in a moment.',
    browserWithoutWebrtc: () => 'This browser has no WebRTC.',
    webrtcH265: () => 'The video is H265, which this browser does not play by WebRTC.',
    webrtcCodecs: ({ codecs }) => `WebRTC cannot carry ${codecs.join(', ')}.`,
    webrtcNoFrames: () => 'WebRTC connected, and no picture came within the time limit.',
    webrtcBroke: () => 'The connection by WebRTC broke off.',
    bFrames: ({ codec }) =>
      `The server ended WebRTC before the first picture, as it does where video has B-frames, which WebRTC cannot carry. Switch B-frames off in the encoder of this ${codec}.`,
    soundByHls: ({ codec }) => `WebRTC does not carry ${codec} sound, HLS does. Muted, it plays by WebRTC; for sound by WebRTC publish Opus.`,
    iceNoCandidates: () =>
      'The server offers no address for WebRTC media. Set "webrtcIPsFromInterfaces: yes", or the address that this desk reaches as "webrtcAdditionalHosts", in mediamtx.yml.',
    iceLoopbackOnly: ({ addresses }) =>
      `For WebRTC media the server offers only its own machine (${addresses.join(', ')}), which this desk cannot reach. Add the address that this desk reaches as "webrtcAdditionalHosts" in mediamtx.yml.`,
    icePrivateOnly: ({ addresses }) =>
      `For WebRTC media the server offers only private addresses (${addresses.join(', ')}), which no way led to from here, and no TURN server. Add its public address as "webrtcAdditionalHosts", or a TURN server as "webrtcICEServers2", in mediamtx.yml.`,
    iceNamesOnly: ({ addresses }) =>
      `For WebRTC media the server offers only names that are known in its own network (${addresses.join(', ')}). Add an address that this desk reaches as "webrtcAdditionalHosts" in mediamtx.yml.`,
    iceBlocked: ({ addresses, tcp, relay }) =>
      `This desk got no answer from ${addresses.join(', ')}, which the server offers for WebRTC media. ${relay ? 'Open these ports in the firewalls between them, and see whether the TURN server works.' : tcp ? 'Open these ports in the firewalls between them, for UDP and TCP.' : 'Open the UDP port in the firewalls between them, or let the server offer TCP as well: "webrtcLocalTCPAddress: :8189" in mediamtx.yml.'}`,
    noWayToRead: () => 'RTSP, HLS and SRT are switched off on this server (mediamtx.yml), or their addresses are empty in Settings.',
    rtspReadRefused: () => `The server does not let this user read the stream by RTSP. ${permission}`,
    rtspPasswordMissing: () => 'RTSP of this server asks for a password or token, and none is stored here.',
    rtspPasswordWithheld: () =>
      'RTSP of this server asks for a password or token. It is not sent: the address is of another host than the API, or would carry it in clear while the API is encrypted.',
    rtspCredentialsTooLong: () => 'RTSP of this server asks for a password or token, and the one that is stored is too long for RTSP.',
    notDecoded: () => 'This browser cannot decode the stream.',
    tooLate: () => 'No picture within the time limit.',
    brokeOff: () => 'The picture stopped: the connection broke off.',
    notPlayable: () => 'The picture cannot be played.',
    browserWithoutHls: () => 'This browser plays no HLS.',
    codecUnsupported: ({ codecs }) => `HLS cannot carry ${codecs.join(', ')}.`,
    badAddress: ({ of, address }) => `"${address}" is no address for ${doorNames[of]}: write it like ${addressExamples[of]}.`,
    refusedAddress: ({ because }) => `This address is not opened: ${address[because]}.`,
    timedOut: ({ limitMs }) => `No picture came within ${say.number(limitMs / 1000)} s.`,
    unauthorized: () => 'The server wants other credentials for this stream.',
    addressUnreadable: () => 'The stored address cannot be decrypted: enter it again.',
    notFound: () => 'Nothing is published there.',
    noVideo: () => 'The stream has no video.',
    undecodable: ({ because }) => `The stream could not be decoded: ${undecodable[because]}.`,
    decoderFailed: ({ said }) => `The stream could not be decoded: “${said}”.`,
    crashed: () => 'The media process of this console ended or was not ready; it is started again.',
    setAside: () => 'The media process ended repeatedly on this stream, which is left alone for a while.',
    unavailable: ({ because }) => `Pictures cannot be made here: ${unavailable[because]}.`,
    cancelled: () => 'It was cancelled.',
  },
  unreachable: (doing, said) => `The stream could not be read: ${steps[doing]} FFmpeg reported “${said}”.`,
  unread: (fault) => `The stream could not be read: ${fault}.`,
  faults: {
    nameNotFound: () => 'the name of its host is not known',
    noConnection: () => 'no connection came about',
    ended: () => 'it ended',
    noWebrtcAddress: () => 'the server offers no address for WebRTC by UDP',
    noWebrtcConnection: () => 'no WebRTC connection came about',
    status: ({ status }) => `the server answered with status ${status}`,
  },
  noFfmpeg: (problem, install) => `Pictures cannot be made here. ${problem} Install FFmpeg (${install}), or name it in Settings, Pictures.`,
  tools: {
    notOnPath: () => 'No ffmpeg is on the PATH.',
    notAbsolute: ({ path }) => `"${path}" is no path from the root of the disk.`,
    notFfmpeg: ({ path }) => `"${path}" is not called ffmpeg.`,
    notRunnable: ({ path }) => `"${path}" is no program that can be run.`,
    noFfprobe: ({ path }) => `There is no ffprobe beside "${path}".`,
    notInSandbox: ({ path }) =>
      `"${path}" does not run in the sandbox of what reads streams: as a snap or a script it starts files that are not there. Name another ffmpeg, or switch the sandbox off (MTXDECK_SANDBOX=off).`,
    noVersion: ({ path }) => `"${path}" did not say which FFmpeg it is.`,
    noAnswer: ({ path }) => `"${path}" does not answer.`,
    tooOld: ({ path, version }) => `"${path}" is FFmpeg ${version}, and 5.0 or newer is needed.`,
    lacks: ({ path }, part) => `"${path}" was built without ${part}.`,
  },
  parts: { demuxer: 'demuxer', protocol: 'protocol', decoder: 'decoder', filter: 'filter', encoder: 'encoder' },
}
