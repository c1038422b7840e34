import { mediaSchemes } from '../../media.ts'
import { sayIn } from '../say.ts'
import { addressExamples, type PictureWords } from './pictureWords.ts'

const say = sayIn('en')
const steps = { opening: 'while opening it', inspecting: 'while inspecting it', reading: 'while reading it', decoding: 'while decoding it' }
const address = {
  characters: 'it holds blanks or characters that no address has',
  notAnAddress: 'it is no address',
  scheme: `its scheme is none of ${mediaSchemes.join(', ')}`,
  notInFull: 'it is not written in full',
  noHost: 'it names no host',
  parameters: 'it has parameters that are not for readers',
  notCaller: 'SRT is read as caller only',
  linkLocal: 'it leads to a link-local address',
  otherForm: 'the request has another form',
}
const unavailable = {
  noProcess: 'no media process runs beside this console',
  keepsEnding: 'the media process ended again and again, its log says why',
  onlyNodeAv: 'node-av does not load, and nothing else may be used',
}
const undecodable = {
  notMedia: 'this is no media',
  noDecoder: 'there is no decoder for it',
  endedEarly: 'it ended before its first picture',
  noWholePicture: 'no whole picture came',
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
    lastViewerLeft: () => 'Its last viewer has left. Watching on would keep its source running: open the picture again to start it.',
    viewersUnknown: () =>
      'This server does not say who else watches over HLS. The picture was closed after 5 minutes so that it does not keep the source running.',
    noSuchPart: () => 'There is no such part of a picture.',
    onlyGet: () => 'Only GET is answered here.',
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
    badAddress: ({ of, address }) => `"${address}" is no address for ${of.toUpperCase()}: write it like ${addressExamples[of]}.`,
    refusedAddress: ({ because }) => `This address is not opened: ${address[because]}.`,
    timedOut: ({ limitMs }) => `No picture came within ${say.number(limitMs / 1000)} s.`,
    unreachable: ({ doing, said }) => `The stream could not be read: ${steps[doing]} FFmpeg reported “${said}”.`,
    unauthorized: () => 'The server wants other credentials for this stream.',
    addressUnreadable: () => 'The stored address cannot be decrypted: enter it again.',
    notFound: () => 'Nothing is published there.',
    noVideo: () => 'The stream has no video.',
    undecodable: ({ because }) => `The stream could not be decoded: ${undecodable[because]}.`,
    decoderFailed: ({ said }) => `The stream could not be decoded: “${said}”.`,
    crashed: () => 'The media process ended while it read this stream; it is started again.',
    setAside: () => 'The media process ended repeatedly on this stream, which is left alone for a while.',
    unavailable: ({ because }) => `Pictures cannot be made here: ${unavailable[because]}.`,
    cancelled: () => 'It was cancelled.',
  },
  noFfmpeg: (problem, install) => `Pictures cannot be made here. ${problem} Install FFmpeg (${install}), or name it in Settings, Pictures.`,
  tools: {
    notOnPath: () => 'No ffmpeg is on the PATH.',
    notAbsolute: ({ path }) => `"${path}" is no path from the root of the disk.`,
    notFfmpeg: ({ path }) => `"${path}" is not called ffmpeg.`,
    notRunnable: ({ path }) => `"${path}" is no program that can be run.`,
    noFfprobe: ({ path }) => `There is no ffprobe beside "${path}".`,
    noVersion: ({ path }) => `"${path}" did not say which FFmpeg it is.`,
    noAnswer: ({ path }) => `"${path}" does not answer.`,
    tooOld: ({ path, version }) => `"${path}" is FFmpeg ${version}, and 5.0 or newer is needed.`,
    lacks: ({ path }, part) => `"${path}" was built without ${part}.`,
  },
  parts: { demuxer: 'demuxer', protocol: 'protocol', decoder: 'decoder', filter: 'filter', encoder: 'encoder' },
}
