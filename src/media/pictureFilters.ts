import { mostTall } from './readOptions.ts'

// FFmpeg's filters that more than one reader of pictures uses.

const even = (value: string) => `2*max(1\\,round((${value})/2))`
/** Width and height of FFmpeg's `scale`: no wider than wanted, no taller than `mostTall` times that, even, and never enlarged. */
export function scaledTo(widthPx: number): string {
  return `w=${even(`min(min(${widthPx}\\,iw)\\,iw*${mostTall * widthPx}/ih)`)}:h=${even('ih*ow/iw')}`
}
/** Reserved colours, which MediaMTX writes into VP9 of HLS, are refused by FFmpeg's conversions; unspecified ones are not. */
export const unspecifiedColours = 'setparams=color_primaries=unknown:color_trc=unknown'
