// Reads a stream as a viewer would, and compares each picture with those of the clip that is published: `read.ts CLIP URL`.
// A process of its own, so that many of them can leave at once. Prints a JSON line a second.
import { Demuxer } from 'node-av/api'
import { hashOfPicture } from './frameHashes.ts'

const [clip, url] = process.argv.slice(2)
if (!clip || !url) throw new Error('usage: read.ts CLIP URL')

const known = new Set<string>()
{
  await using source = await Demuxer.open(clip)
  const video = source.video()
  for await (const packet of source.packets(video?.index)) if (packet?.data) known.add(hashOfPicture(packet.data))
}

/** `pictures` came, `whole` of them are like the published ones byte for byte; `due`: how many their times say there were. */
const read = { pictures: 0, whole: 0, due: 0 }
setInterval(() => console.log(JSON.stringify(read)), 1000)

const options = url.startsWith('rtsp') ? { rtsp_transport: 'tcp' } : {}
await using input = await Demuxer.open(url, { options: options as never })
const video = input.video()
if (!video) throw new Error('no picture in it')
const secondsOf = (ticks: bigint) => (Number(ticks) * video.timeBase.num) / video.timeBase.den
let first: number | null = null
for await (const packet of input.packets(video.index)) {
  if (!packet) break
  if (packet.data) {
    read.pictures++
    if (known.has(hashOfPicture(packet.data))) read.whole++
    const seconds = secondsOf(packet.pts)
    // The first pictures of RTSP may have no time yet.
    if (seconds >= 0) {
      first ??= seconds - (read.pictures - 1) / 25
      read.due = Math.max(read.due, Math.round((seconds - first) * 25) + 1)
    }
  }
  packet.free()
}
process.exit(0)
