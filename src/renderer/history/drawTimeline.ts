import type { DayBands, TimeTick } from './ticks.ts'
import { downShare, type TimelineShape, type View } from './timelineView.ts'

interface Painting {
  readonly shape: TimelineShape
  readonly days: DayBands
  readonly ticks: readonly TimeTick[]
  readonly view: View
  readonly width: number
  readonly height: number
  /** Value of a bar of full height. */
  readonly top: number
  /** Number of servers, of which those that did not answer are drawn as a share. */
  readonly servers: number
  /** Position of now, px; the future is beyond it. */
  readonly nowX: number
  /** Only bars, without lines and days. */
  readonly plain?: boolean
  readonly token: (name: string) => string
}

/** Minimum bar height, so that a single trouble beside hundreds is visible. */
const leastPx = 3

/** Draws days, nights and troubles. A thousand bars are combined into four paths. */
export function drawTimeline(
  g: CanvasRenderingContext2D,
  { shape, days, ticks, view, width, height, top, servers, nowX, plain = false, token }: Painting,
): void {
  const x = (at: number) => ((at - view.from) / (view.to - view.from)) * width
  g.clearRect(0, 0, width, height)
  if (!plain) {
    g.fillStyle = token('bg')
    for (const band of days.bands) g.fillRect(x(band.from), 0, x(band.to) - x(band.from), height)
    g.fillStyle = token('line')
    for (const { at } of days.days) g.fillRect(Math.round(x(at)), 0, 1, height)
    for (const tick of ticks) if (!tick.dayStart) g.fillRect(Math.round(x(tick.at)), height - 4, 1, 4)
  }
  for (const [from, to] of shape.unknown) {
    g.save()
    g.beginPath()
    g.rect(from, 0, to - from, height)
    g.clip()
    g.strokeStyle = token('unknown')
    g.globalAlpha = 0.38
    g.lineWidth = 1
    g.beginPath()
    const first = Math.floor(from / 6) * 6
    for (let line = first - height; line < to; line += 6) {
      g.moveTo(line, height)
      g.lineTo(line + height, 0)
    }
    g.stroke()
    g.restore()
  }
  const known = new Path2D()
  const worst = new Path2D()
  const troubled = new Path2D()
  const down = new Path2D()
  const room = height - (plain ? 1 : 6)
  for (const bar of shape.bars) {
    const left = Math.max(-1, bar.x)
    const right = Math.min(width + 1, bar.x + bar.width)
    const wide = Math.max(1, right - left - (bar.width >= 3 ? 1 : 0))
    known.rect(left, height - 1, right - left, 1)
    let y = height
    if (bar.down > 0) {
      const tall = downShare(bar.down, servers) * room
      down.rect(left, y - tall, Math.max(leastPx, wide), tall)
      y -= tall
    }
    if (bar.troubled > 0) {
      const tall = Math.min(y, Math.max(plain ? 1 : leastPx, (bar.troubled / top) * room))
      // Pale for brief troubles, full for lasting ones, so that a night of trouble looks different from a minute.
      const full = Math.min(tall, Math.max(plain ? 1 : 2, (bar.troubledMean / top) * room))
      worst.rect(left, y - tall, wide, tall - full)
      troubled.rect(left, y - full, wide, full)
    }
  }
  g.fillStyle = token('line-strong')
  g.fill(known)
  g.fillStyle = token('major')
  g.fill(troubled)
  g.globalAlpha = 0.4
  g.fill(worst)
  g.globalAlpha = 1
  g.fillStyle = token('critical')
  g.fill(down)
  if (nowX < width) {
    g.fillStyle = token('surface')
    g.fillRect(nowX, 0, width - nowX, height)
    g.fillStyle = token('line-strong')
    g.fillRect(Math.round(nowX), 0, 1, height)
  }
}
