import { type RefObject, useLayoutEffect, useRef, useState } from 'react'

/** Current size of an element's content box in whole pixels; 0 × 0 before layout. */
export function useSize<T extends HTMLElement>(): { readonly ref: RefObject<T | null>; readonly width: number; readonly height: number } {
  const ref = useRef<T | null>(null)
  const [size, setSize] = useState({ width: 0, height: 0 })
  useLayoutEffect(() => {
    const element = ref.current
    if (!element) return
    const take = (width: number, height: number) =>
      setSize((before) =>
        before.width === Math.floor(width) && before.height === Math.floor(height) ? before : { width: Math.floor(width), height: Math.floor(height) },
      )
    const observer = new ResizeObserver(([entry]) => entry && take(entry.contentRect.width, entry.contentRect.height))
    observer.observe(element)
    take(element.clientWidth, element.clientHeight)
    return () => observer.disconnect()
  }, [])
  return { ref, ...size }
}
