import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Decoder, Demuxer } from 'node-av/api'

/** Part of a JPEG of the test pattern that has colour: most of it. A picture whose key frame was missing is grey. */
export async function colourfulShare(jpeg: Uint8Array): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'mtxdeck-jpeg-'))
  try {
    const file = join(folder, 'still.jpg')
    writeFileSync(file, jpeg)
    await using input = await Demuxer.open(file)
    const stream = input.video()
    if (!stream) throw new Error('no picture in it')
    using decoder = await Decoder.create(stream)
    for await (const frame of decoder.frames(input.packets(stream.index))) {
      const planes = frame?.data?.slice(1) ?? []
      const samples = planes.flatMap((plane) => [...plane])
      const coloured = samples.filter((sample) => Math.abs(sample - 128) > 32).length
      frame?.free()
      return coloured / samples.length
    }
    throw new Error('it could not be decoded')
  } finally {
    rmSync(folder, { recursive: true })
  }
}
