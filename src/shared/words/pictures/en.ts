import { mediaSchemes } from '../../media.ts'
import type { Rest } from '../catalogue.ts'
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
  awaitsCaller: 'its sender calls this console, and closing it would end the sender: it is read continuously only',
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
  webPage: 'a web page came in its place, such as a sign-in',
}
const permission = 'Give it the permission "action: read" in mediamtx.yml.'

export const en: Rest<PictureWords> = {
  reasons: {
    readRefused: () => `The server does not let this user read the stream. ${permission}`,
    otherMethod: ({ methods }) => `Only ${methods.join(', ')} are answered here.`,
    webrtcCodecs: ({ codecs }) => `WebRTC cannot carry ${codecs.join(', ')}.`,
    iceLoopbackOnly: ({ addresses }) =>
      `For WebRTC media the server offers only its own machine (${addresses.join(', ')}), which this desk cannot reach. Add the address that this desk reaches as "webrtcAdditionalHosts" in mediamtx.yml.`,
    icePrivateOnly: ({ addresses }) =>
      `For WebRTC media the server offers only private addresses (${addresses.join(', ')}), which no way led to from here, and no TURN server. Add its public address as "webrtcAdditionalHosts", or a TURN server as "webrtcICEServers2", in mediamtx.yml.`,
    iceNamesOnly: ({ addresses }) =>
      `For WebRTC media the server offers only names that are known in its own network (${addresses.join(', ')}). Add an address that this desk reaches as "webrtcAdditionalHosts" in mediamtx.yml.`,
    iceBlocked: ({ addresses, tcp, relay }) =>
      `This desk got no answer from ${addresses.join(', ')}, which the server offers for WebRTC media. ${relay ? 'Open these ports in the firewalls between them, and see whether the TURN server works.' : tcp ? 'Open these ports in the firewalls between them, for UDP and TCP.' : 'Open the UDP port in the firewalls between them, or let the server offer TCP as well: "webrtcLocalTCPAddress: :8189" in mediamtx.yml.'}`,
    rtspReadRefused: () => `The server does not let this user read the stream by RTSP. ${permission}`,
    codecUnsupported: ({ codecs }) => `HLS cannot carry ${codecs.join(', ')}.`,
    badAddress: ({ of, address }) => `"${address}" is no address for ${doorNames[of]}: write it like ${addressExamples[of]}.`,
    refusedAddress: ({ because }) => `This address is not opened: ${address[because]}.`,
    timedOut: ({ limitMs }) => `No picture came within ${say.number(limitMs / 1000)} s.`,
    undecodable: ({ because }) => `The stream could not be decoded: ${undecodable[because]}.`,
    unavailable: ({ because }) => `Pictures cannot be made here: ${unavailable[because]}.`,
  },
  unreachable: (doing, said) => `The stream could not be read: ${steps[doing]} FFmpeg reported “${said}”.`,
  unread: (fault) => `The stream could not be read: ${fault}.`,
  noFfmpeg: (problem, install) => `Pictures cannot be made here. ${problem} Install FFmpeg (${install}), or name it in Settings, Pictures.`,
  tools: {
    lacks: ({ path }, part) => `"${path}" was built without ${part}.`,
  },
}
