import { FilterAPI, Scaler } from 'node-av/api'
import { Frame } from 'node-av/lib'

interface JpegOptions {
  readonly width: number
  readonly height: number
  readonly quality: number
}

/**
 * Makes a JPEG of so many pixels. A JPEG has the full range of brightness: `Scaler` writes that into its header, but does not convert to it, so what is black
 * would be shown as grey.
 */
export async function toJpeg(picture: Frame, { width, height, quality }: JpegOptions): Promise<Uint8Array<ArrayBuffer>> {
  using filter = FilterAPI.create(`scale=w=${width}:h=${height}:out_range=pc,format=yuv420p`, { graph: { nbThreads: 1 } })
  using scaler = new Scaler()
  await filter.process(picture)
  const made = await filter.receive()
  if (!(made instanceof Frame)) throw new Error('FFmpeg returned no picture')
  using whole = made
  return Uint8Array.from(await scaler.toJpeg(whole, { quality }))
}
