import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Decoder, Demuxer } from 'node-av/api'

/** Samples of brightness and of both colours of a JPEG. */
async function samplesOf(jpeg: Uint8Array): Promise<readonly Uint8Array[]> {
  const folder = mkdtempSync(join(tmpdir(), 'mtxdeck-jpeg-'))
  try {
    const file = join(folder, 'still.jpg')
    writeFileSync(file, jpeg)
    await using input = await Demuxer.open(file)
    const stream = input.video()
    if (!stream) throw new Error('no picture in it')
    using decoder = await Decoder.create(stream)
    for await (const frame of decoder.frames(input.packets(stream.index))) {
      if (!frame) break
      const { data, linesize, width } = frame
      // Lines are padded in memory.
      const planes = (data ?? []).map((plane, index) => plane.filter((_, at) => at % (linesize[index] ?? 1) < (index === 0 ? width : width / 2)))
      frame.free()
      return planes
    }
    throw new Error('it could not be decoded')
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Part of a JPEG of the test pattern that has colour: most of it. A picture whose key frame was missing is grey. */
export async function colourfulShare(jpeg: Uint8Array): Promise<number> {
  const samples = (await samplesOf(jpeg)).slice(1).flatMap((plane) => [...plane])
  return samples.filter((sample) => Math.abs(sample - 128) > 32).length / samples.length
}

/** Mean brightness of a JPEG: black is 0, white is 255. */
export async function brightnessOf(jpeg: Uint8Array): Promise<number> {
  const [plane = new Uint8Array()] = await samplesOf(jpeg)
  return plane.reduce((sum, sample) => sum + sample, 0) / plane.length
}
