/** A part of the image: an SVG drawing or a text, positioned in CSS pixels. */
type ImagePart =
  | {
      readonly kind: 'svg'
      readonly x: number
      readonly y: number
      readonly width: number
      readonly height: number
      readonly markup: string
      /** viewBox of the drawing, if its size differs from its place. */
      readonly viewBox?: string | undefined
      /** Value of `currentColor`, and the default fill. */
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

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

/** Replaces palette tokens with colours, because CSS variables do not work outside of the page. */
function resolveTokens(markup: string, token: (name: string) => string): string {
  return markup.replace(/var\(--([\w-]+)\)/g, (_, name: string) => escaped(token(name)) || '#888')
}

/** Composes a standalone SVG. */
export function composeSvg(width: number, height: number, background: string, parts: readonly ImagePart[], token: (name: string) => string): string {
  const body = parts.map((part) => {
    switch (part.kind) {
      case 'svg':
        return `<svg x="${part.x}" y="${part.y}" width="${part.width}" height="${part.height}" viewBox="${part.viewBox ?? `0 0 ${part.width} ${part.height}`}"${part.color === undefined ? '' : ` color="${part.color}" fill="${part.color}"`}>${part.markup}</svg>`
      case 'text':
        return `<text x="${part.x}" y="${part.y}" font-size="${part.size}" font-weight="${part.weight}" fill="${part.color}" text-anchor="${part.anchor}">${escaped(part.text)}</text>`
      default:
        return part satisfies never
    }
  })
  return resolveTokens(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="Inter Variable, Inter, system-ui, sans-serif"><rect width="${width}" height="${height}" fill="${background}"/>${body.join('')}</svg>`,
    token,
  )
}

/** Renders an SVG to a PNG at twice its size. Rejects if the browser can't. */
async function svgToPng(svg: string, width: number, height: number): Promise<Uint8Array<ArrayBuffer>> {
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

interface PictureInput {
  /** The charts' element on the page, from which drawings and marked texts are taken. */
  readonly charts: HTMLElement
  readonly title: string
  /** Text below the charts, because an image has no tooltips. */
  readonly note: string
  readonly token: (name: string) => string
}
const marginPx = 12
const titlePx = 34

/** Charts as a PNG, as they look on the page. */
export async function chartsToPng({ charts, title, note, token }: PictureInput): Promise<Uint8Array<ArrayBuffer>> {
  const box = charts.getBoundingClientRect()
  const width = Math.ceil(box.width + 2 * marginPx)
  const height = Math.ceil(box.height + 2 * titlePx)
  // While lanes scroll, the time axis is displaced upwards.
  const foot = charts.querySelector('[data-foot]')
  const risen = foot === null ? 0 : box.bottom - foot.getBoundingClientRect().bottom
  const placeOf = (element: Element) => {
    const place = element.getBoundingClientRect()
    return {
      x: place.x - box.x + marginPx,
      y: place.y - box.y + titlePx + (foot?.contains(element) ? risen : 0),
      width: place.width,
      height: place.height,
    }
  }
  const line = (y: number, text: string, look: { readonly size: number; readonly weight: number; readonly color: string }): ImagePart => ({
    kind: 'text',
    x: marginPx,
    y,
    text,
    anchor: 'start',
    ...look,
  })
  const drawings = [...charts.querySelectorAll<SVGSVGElement>('[data-lane] svg, [data-foot] svg')].map(
    (svg): ImagePart => ({
      kind: 'svg',
      ...placeOf(svg),
      viewBox: svg.getAttribute('viewBox') ?? undefined,
      color: getComputedStyle(svg).color,
      markup: svg.innerHTML,
    }),
  )
  const texts = [...charts.querySelectorAll<HTMLElement>('[data-text]')].map((element): ImagePart => {
    const { x, y, height } = placeOf(element)
    const style = getComputedStyle(element)
    const text = element.innerText.replaceAll('\n', ' ').replace(/(\d)(\p{L})/u, '$1 $2')
    const look = { size: Number.parseFloat(style.fontSize), weight: Number(style.fontWeight), color: style.color }
    return { kind: 'text', x, y: y + height * 0.76, text, anchor: 'start', ...look }
  })
  const parts = [
    line(20, title, { size: 13, weight: 600, color: 'var(--text)' }),
    ...drawings,
    ...texts,
    line(height - 10, note, { size: 12, weight: 400, color: 'var(--muted)' }),
  ]
  return svgToPng(composeSvg(width, height, 'var(--surface)', parts, token), width, height)
}
