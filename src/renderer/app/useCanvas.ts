import { type RefObject, useEffect, useRef } from 'react'
import { onThemeChange, token } from './theme.ts'

/** Draws in CSS pixels. `read` is the palette's `token` with a cache, because `token` is slow. */
export type Draw = (g: CanvasRenderingContext2D, read: (name: string) => string) => void

function paint(element: HTMLCanvasElement | null, width: number, height: number, draw: Draw) {
  const g = element?.getContext('2d')
  if (!element || !g || width === 0) return
  const scale = window.devicePixelRatio || 1
  if (element.width !== Math.round(width * scale) || element.height !== Math.round(height * scale)) {
    element.width = Math.round(width * scale)
    element.height = Math.round(height * scale)
  }
  g.setTransform(scale, 0, 0, scale, 0, 0)
  const tokens: Record<string, string> = {}
  draw(g, (name) => {
    tokens[name] ??= token(name)
    return tokens[name]
  })
}

const never = () => () => {}

/**
 * A canvas at the screen's resolution. It is redrawn when `draw`, its size, the theme or the fonts change, and whenever
 * `subscribe` calls back. Neither function may be recreated on each render.
 */
export function useCanvas(
  width: number,
  height: number,
  draw: Draw,
  subscribe: (redraw: () => void) => () => void = never,
): RefObject<HTMLCanvasElement | null> {
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    const redraw = () => paint(canvas.current, width, height, draw)
    redraw()
    // Fonts load late at the first start, and canvases do not redraw by themselves.
    document.fonts.addEventListener('loadingdone', redraw)
    const stopTheme = onThemeChange(redraw)
    const stop = subscribe(redraw)
    return () => {
      document.fonts.removeEventListener('loadingdone', redraw)
      stopTheme()
      stop()
    }
  }, [width, height, draw, subscribe])
  return canvas
}
