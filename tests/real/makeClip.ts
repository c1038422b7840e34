import { Decoder, Demuxer, Encoder, FilterAPI, Muxer } from 'node-av/api'
import {
  FF_ENCODER_AAC,
  FF_ENCODER_LIBSVTAV1,
  FF_ENCODER_LIBVPX_VP8,
  FF_ENCODER_LIBVPX_VP9,
  FF_ENCODER_LIBX264,
  FF_ENCODER_LIBX265,
  FF_ENCODER_MJPEG,
} from 'node-av/constants'

/** Codecs of clips, by FFmpeg's names. */
export const clipCodecs = ['h264', 'hevc', 'av1', 'vp8', 'vp9', 'mjpeg'] as const
export type ClipCodec = (typeof clipCodecs)[number]

const encoders = {
  h264: FF_ENCODER_LIBX264,
  hevc: FF_ENCODER_LIBX265,
  av1: FF_ENCODER_LIBSVTAV1,
  vp8: FF_ENCODER_LIBVPX_VP8,
  vp9: FF_ENCODER_LIBVPX_VP9,
  mjpeg: FF_ENCODER_MJPEG,
} as const

function encoderOptions(codec: ClipCodec, videoKbps: number): object {
  const common = { preset: 'ultrafast', profile: 'main', maxrate: `${videoKbps}k`, bufsize: `${videoKbps / 2}k` }
  switch (codec) {
    case 'h264':
      return { ...common, bf: 0, 'nal-hrd': 'cbr', forced_idr: 1 }
    case 'hevc':
      return { ...common, 'x265-params': 'bframes=0:scenecut=0:log-level=none' }
    case 'av1':
      return { preset: '12', 'svtav1-params': 'pred-struct=1:rc=2' }
    case 'vp8':
    case 'vp9':
      return { deadline: 'realtime', 'cpu-used': '8', 'lag-in-frames': '0' }
    case 'mjpeg':
      // The tables of the standard, the only ones that RTP carries for every reader.
      return { huffman: 'default', q: '5' }
  }
}

/**
 * Encodes a test clip into `file` (Matroska unless said otherwise): H.264 (or another codec) without B-frames, H.264 at a constant bit rate,
 * a key frame a second (or every `gop` pictures), and an AAC tone. Meant to be repeated end to end. `picture` and `sound`: filter graphs
 * that make something else of 25 pictures a second, and of 48 kHz.
 */
export async function makeClip(
  file: string,
  {
    seconds = 6,
    width = 640,
    height = 360,
    videoKbps = 1000,
    format = 'matroska',
    codec = 'h264' as ClipCodec,
    gop = 25,
    picture: pictureGraph = 'testsrc2=size=$s:rate=25',
    sound: soundGraph = 'sine=frequency=440:sample_rate=48000',
  } = {},
): Promise<void> {
  await using picture = await Demuxer.open(`${pictureGraph.replaceAll('$s', `${width}x${height}`)},trim=duration=${seconds}`, { format: 'lavfi' })
  await using sound = await Demuxer.open(`${soundGraph},atrim=duration=${seconds}`, { format: 'lavfi' })
  const pictureStream = picture.video()
  const soundStream = sound.audio()
  if (!pictureStream || !soundStream) throw new Error('no test pattern in this FFmpeg')

  using pictureDecoder = await Decoder.create(pictureStream)
  using pictureFilter = FilterAPI.create(codec === 'mjpeg' ? 'format=yuvj420p' : 'format=yuv420p')
  using pictureEncoder = await Encoder.create(encoders[codec], {
    decoder: pictureDecoder,
    filter: pictureFilter,
    bitrate: `${videoKbps}k`,
    gopSize: gop,
    maxBFrames: 0,
    options: encoderOptions(codec, videoKbps) as never,
  })
  using soundDecoder = await Decoder.create(soundStream)
  using soundFilter = FilterAPI.create('aformat=sample_fmts=fltp:channel_layouts=stereo')
  using soundEncoder = await Encoder.create(FF_ENCODER_AAC, { decoder: soundDecoder, filter: soundFilter, bitrate: '64k' })

  await using output = await Muxer.open(file, { format })
  const pictureIndex = output.addStream(pictureEncoder, { inputStream: pictureStream })
  const soundIndex = output.addStream(soundEncoder, { inputStream: soundStream })
  const write = async (packets: AsyncIterable<Parameters<Muxer['writePacket']>[0]>, index: number) => {
    for await (const packet of packets) {
      await output.writePacket(packet, index)
      packet?.free()
    }
  }
  await Promise.all([
    write(pictureEncoder.packets(pictureFilter.frames(pictureDecoder.frames(picture.packets(pictureStream.index)))) as never, pictureIndex),
    write(soundEncoder.packets(soundFilter.frames(soundDecoder.frames(sound.packets(soundStream.index)))) as never, soundIndex),
  ])
}
