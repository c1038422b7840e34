/** A piece of the picture: an SVG drawing or a text at a place, in CSS pixels. */
export type ImagePart =
  | {
      readonly kind: 'svg'
      readonly x: number
      readonly y: number
      readonly width: number
      readonly height: number
      readonly markup: string
      /** Of the drawing, where it is not as large as its place. */
      readonly viewBox?: string | undefined
      /** What `currentColor` is in it, and what it is filled with by default. */
      readonly color?: string
    }
  | {
      readonly kind: 'text'
      readonly x: number
      readonly y: number
      readonly text: string
      readonly size: number
      readonly weight: number
      readonly color: string
      readonly anchor: 'start' | 'middle' | 'end'
    }
  | {
      readonly kind: 'box' | 'hatched'
      readonly x: number
      readonly y: number
      readonly width: number
      readonly height: number
      readonly color: string
      readonly opacity: number
    }

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

/** Palette tokens as colours: an image outside of the page knows no CSS variables. */
export const resolveTokens = (markup: string, token: (name: string) => string): string =>
  markup.replace(/var\(--([\w-]+)\)/g, (_, name: string) => escaped(token(name)) || '#888')

/** One SVG that stands alone. */
export function composeSvg(width: number, height: number, background: string, parts: readonly ImagePart[], token: (name: string) => string): string {
  const body = parts.map((part) => {
    switch (part.kind) {
      case 'svg':
        return `<svg x="${part.x}" y="${part.y}" width="${part.width}" height="${part.height}" viewBox="${part.viewBox ?? `0 0 ${part.width} ${part.height}`}"${part.color === undefined ? '' : ` color="${part.color}" fill="${part.color}"`}>${part.markup}</svg>`
      case 'text':
        return `<text x="${part.x}" y="${part.y}" font-size="${part.size}" font-weight="${part.weight}" fill="${part.color}" text-anchor="${part.anchor}">${escaped(part.text)}</text>`
      case 'box':
        return `<rect x="${part.x}" y="${part.y}" width="${part.width}" height="${part.height}" fill="${part.color}" opacity="${part.opacity}"/>`
      case 'hatched':
        return `<rect x="${part.x}" y="${part.y}" width="${part.width}" height="${part.height}" fill="url(#hatch)" opacity="${part.opacity}"/>`
      default:
        return part satisfies never
    }
  })
  // A pattern takes no colour from where it is used: all hatching is that of the unknown.
  const hatch =
    '<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse"><path d="M-1 1 1-1M0 6 6 0M5 7 7 5" stroke="var(--unknown)"/></pattern></defs>'
  return resolveTokens(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="Inter Variable, Inter, system-ui, sans-serif"><rect width="${width}" height="${height}" fill="${background}"/>${hatch}${body.join('')}</svg>`,
    token,
  )
}

/** Draws an SVG to a PNG at twice its size. Rejects where the browser can't. */
export async function svgToPng(svg: string, width: number, height: number): Promise<Uint8Array<ArrayBuffer>> {
  const image = new Image()
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`
  await image.decode()
  const canvas = document.createElement('canvas')
  canvas.width = width * 2
  canvas.height = height * 2
  const context = canvas.getContext('2d')
  if (!context) throw new Error('This browser draws no pictures')
  context.scale(2, 2)
  context.drawImage(image, 0, 0, width, height)
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'))
  if (!blob) throw new Error('The picture could not be made')
  return new Uint8Array(await blob.arrayBuffer())
}
